/** One case: the person, the contacts with the work, the chain, and messages to contacts. */
import { dateAndTime, dateOf, useWords } from "../../lib/language.js";
import { Failure, Loading } from "../../lib/parts.js";
import { html, useEffect, useRef, useState } from "../../lib/view.js";
import { openForm, reasonField } from "../forms.js";
import { choices, label } from "../labels.js";
import { Chip, Facts, Filter, ListEnd, Rows, Title, announce, saveFile } from "../parts.js";
import { forget, request, useAnswer, useList } from "../requests.js";
import { WORDS as SHARED } from "../words.js";
import { Contact, TONES, nameOf } from "./one_contact.js";
import { Draft, telling } from "./tellings.js";
import { WORDS } from "./words.js";

const A_MINUTE = 60000; // milliseconds
/** Contacts of a case that was just opened are searched by a worker. Milliseconds. */
const SOON = 4000;

export function OneCase({ code, own }) {
  const words = useWords(WORDS);
  const path = `/v1/cases/${code}`;
  const answer = useAnswer(path);
  const [draft, setDraft] = useState(null);
  const shown = answer.value;
  const forgetLists = () => {
    forget("/v1/cases");
    answer.reload();
  };
  return html`
    <${Title} back=${words.back}>${words.case(code)}<//>
    <${Failure} error=${answer.error} retry=${answer.reload} />
    ${answer.busy && html`<${Loading} />`}
    ${shown &&
    html`
      <${CaseFacts} shown=${shown} />
      <${Actions} path=${path} shown=${shown} changed=${forgetLists} drafted=${setDraft} />
      ${draft && html`<${Draft} draft=${draft} />`}
      <${Contacts} path=${path} shown=${shown} own=${own} drafted=${setDraft} changed=${answer.reload} />
    `}
  `;
}

function CaseFacts({ shown }) {
  const words = useWords(WORDS);
  const { facts } = words;
  const measures = Object.entries(words.measure).filter(([name]) => typeof shown.measures?.[name] === "number");
  return html`
    <p class="chips">
      <${Chip} tone=${shown.state === "open" ? "due" : "usual"}>${words.state[shown.state]}<//>
      <${Chip}>${words.counts(shown.contacts)}<//>
      ${Object.entries(shown.by_hop).map(([hop, count]) => html`<${Chip}>F${hop}: ${count}<//>`)}
      ${Object.entries(shown.by_state).map(
        ([state, count]) => html`<${Chip} tone=${TONES[state]}>${label("contact", state)}: ${count}<//>`,
      )}
    </p>
    <${Facts}
      facts=${[
        [facts.person, shown.masked_name && words.born(shown.masked_name, shown.birth_year)],
        [facts.phone, shown.phone],
        [facts.pass, shown.pass_code && html`<span class="code">${shown.pass_code}</span>`],
        [facts.infectious, words.until(dateAndTime(shown.infectious_from), dateAndTime(shown.infectious_until))],
        [facts.onset, shown.onset_on && dateOf(shown.onset_on)],
        [facts.sampled, shown.sampled_at && dateAndTime(shown.sampled_at)],
        [facts.isolated, shown.isolated_at && dateAndTime(shown.isolated_at)],
        [facts.contactOf, shown.contact_of.map((each) => `${each.case} (F${each.hop})`).join(", ")],
        [facts.opened, dateAndTime(shown.opened_at)],
        [facts.ended, shown.ended_at && dateAndTime(shown.ended_at)],
        [facts.reason, shown.end_reason],
        [facts.policy, shown.policy_version],
      ]}
    />
    ${measures.length > 0 &&
    html`<details><summary>${words.measures}</summary>
      <ul>${measures.map(([name, text]) => html`<li>${Math.round(shown.measures[name] * 100)} % ${text}</li>`)}</ul>
    </details>`}
  `;
}

function Actions({ path, shown, changed, drafted }) {
  const words = useWords(WORDS);
  const [picture, setPicture] = useState(null); // { address, blob }
  const [failure, setFailure] = useState(null);
  useEffect(() => () => picture && URL.revokeObjectURL(picture.address), [picture]);
  const fetched = async (form) => {
    setFailure(null);
    try {
      const { body } = await request("GET", `${path}/chain.${form}`, { headers: { Accept: "*/*" } });
      return body;
    } catch (error) {
      setFailure(error);
      return null;
    }
  };
  const draw = async () => {
    if (picture) return setPicture(null);
    const blob = await fetched("svg");
    return blob && setPicture({ blob, address: URL.createObjectURL(new Blob([blob], { type: "image/svg+xml" })) });
  };
  const save = async () => {
    const blob = await fetched("csv");
    if (blob) saveFile(blob, "chain.csv");
  };
  const end = () =>
    openForm({
      title: words.endForm.title,
      text: words.endForm.text,
      danger: true,
      fields: [reasonField(words.endForm.reason)],
      button: words.endForm.button,
      done: words.endForm.done,
      send: ({ reason }) => request("POST", `${path}/end`, { body: { reason } }),
      after: changed,
      outdated: changed,
    });
  return html`
    <p class="actions">
      <button type="button" class="primary" data-key="n" onClick=${() => openForm(telling(words, path, drafted))}>${words.tell}</button>
      <button type="button" aria-expanded=${String(Boolean(picture))} onClick=${draw}>${picture ? words.hideChain : words.chain}</button>
      <button type="button" onClick=${save}>${words.csv}</button>
      ${shown.state === "open" && html`<button type="button" onClick=${end}>${words.end}</button>`}
    </p>
    <${Failure} error=${failure} />
    ${picture &&
    html`<figure class="card">
      <img class="chain" src=${picture.address} alt=${words.chainAlt(shown.case)} />
      <button type="button" class="plain" onClick=${() => saveFile(picture.blob, "chain.svg")}>${words.svg}</button>
    </figure>`}
  `;
}

function Contacts({ path, shown, own, drafted, changed }) {
  const words = useWords(WORDS);
  const all = useWords(SHARED).all;
  const [query, setQuery] = useState({ hop: "", kind: "", state: "" });
  const list = useList(`${path}/contacts`, "contacts", query);
  const isNew = Date.now() - Date.parse(shown.opened_at) < A_MINUTE;
  const lookedAgain = useRef(false);
  useEffect(() => {
    if (lookedAgain.current || !list.first || list.items.length || !isNew) return undefined;
    lookedAgain.current = true;
    const due = setTimeout(() => {
      list.reload();
      changed();
    }, SOON);
    return () => clearTimeout(due);
  }, [list.first]);
  const filter = (name, options) =>
    html`<${Filter}
      name=${name}
      label=${words.filters[name]}
      value=${query[name]}
      options=${[["", all], ...options]}
      onChange=${(value) => setQuery({ ...query, [name]: value })}
    />`;
  const recorded = (answer) => {
    list.replace((each) => each.contact === answer.contact, answer);
    announce(words.contact.done);
    forget("/v1/officers");
    changed();
  };
  return html`
    <section aria-labelledby="contacts-title">
      <h2 id="contacts-title">${words.contacts}</h2>
      <div class="bar">
        ${filter(
          "hop",
          Array.from({ length: shown.hops }, (_, before) => [`${before + 1}`, `F${before + 1}`]),
        )}
        ${filter("kind", choices("kinds"))} ${filter("state", choices("contact"))}
      </div>
      <${Rows}
        name="contacts"
        label=${words.contacts}
        heads=${words.contactHeads}
        items=${list.items}
        keyOf=${(each) => each.contact}
        cells=${(each) => [
          each.label,
          nameOf(each, words),
          label("kinds", each.reasons[0]?.kind),
          dateAndTime(each.last_near),
          html`<${Chip} tone=${TONES[each.state]}>${label("contact", each.state)}<//>`,
        ]}
        detail=${(each) => html`<${Contact} each=${each} own=${own} code=${shown.case} recorded=${recorded} drafted=${drafted} />`}
      />
      <${ListEnd} list=${list} reloaded=${changed} empty=${isNew ? words.looking : words.noContacts} />
    </section>
  `;
}

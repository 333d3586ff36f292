/** One case: the person, the contacts with the work, the chain, and messages to contacts. */
import { dateAndTime, dateOf, useWords } from "../../lib/language.js";
import { Failure, Loading } from "../../lib/parts.js";
import { html, useEffect, useState } from "../../lib/view.js";
import { numberOf, openForm, reasonField } from "../forms.js";
import { choices, label } from "../labels.js";
import { Chip, Facts, Filter, ListEnd, Rows, Title, announce, saveFile } from "../parts.js";
import { go } from "../places.js";
import { forget, request, useAnswer, useList } from "../requests.js";
import { WORDS as SHARED } from "../words.js";
import { WORDS } from "./words.js";

const OPEN_STATES = ["found", "assigned", "reached", "not_reached", "tested"];
const TONES = { found: "due", not_reached: "wrong", became_case: "wrong", cleared: "done" };

export function OneCase({ code, contact, own }) {
  const words = useWords(WORDS);
  const path = `/v1/cases/${code}`;
  const answer = useAnswer(path);
  const [draft, setDraft] = useState(null);
  const shown = answer.value;
  const forgetLists = () => {
    forget("/v1/cases?");
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
      <${Contacts} path=${path} shown=${shown} opened=${contact} own=${own} drafted=${setDraft} changed=${answer.reload} />
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

/** What a wave that was just made will do, and who must be called. */
function Draft({ draft }) {
  const words = useWords(WORDS);
  const { wave, chosen, told_before: before, not_reachable_by_message: unreachable } = draft;
  return html`<section class="notice" aria-labelledby="draft-title">
    <h2 id="draft-title">${words.draft.title}</h2>
    <p>${words.draft.chosen(chosen)}${before > 0 && `; ${words.draft.before(before)}`}.</p>
    ${wave.needs_second_officer && html`<p><strong>${words.draft.second}</strong></p>`}
    ${unreachable.length > 0 &&
    html`<p>${words.draft.call}</p>
      <ul>${unreachable.map((each) => html`<li><span class="code">${each.contact}</span>: ${label("unreachable", each.why)}</li>`)}</ul>`}
    <p><button type="button" class="primary" onClick=${() => go("waves", "wave", wave.id)}>${words.draft.see}</button></p>
  </section>`;
}

function Contacts({ path, shown, opened, own, drafted, changed }) {
  const words = useWords(WORDS);
  const all = useWords(SHARED).all;
  const [query, setQuery] = useState({ hop: "", kind: "", state: "" });
  // The contact that somebody came for may be far down.
  const list = useList(`${path}/contacts`, "contacts", opened ? { ...query, limit: 200 } : query);
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
        opened=${opened}
        keyOf=${(each) => each.contact}
        cells=${(each) => [
          each.label,
          nameOf(each, words),
          label("kinds", each.reasons[0]?.kind),
          dateAndTime(each.last_near),
          html`<${Chip} tone=${TONES[each.state]}>${label("contact", each.state)}<//>`,
        ]}
        detail=${(each) => html`<${Contact} each=${each} own=${own} path=${path} recorded=${recorded} drafted=${drafted} />`}
      />
      <${ListEnd} list=${list} reloaded=${changed} empty=${shown.state === "open" ? words.looking : words.noContacts} />
    </section>
  `;
}

function Contact({ each, own, path, recorded, drafted }) {
  const words = useWords(WORDS);
  const own_words = words.contact;
  const { person } = each;
  const name = nameOf(each, words);
  return html`
    ${person?.origin === "unproven" && html`<p class="what">${own_words.unproven}</p>`}
    <${Facts}
      facts=${[
        [own_words.id, html`<span class="code">${each.contact}</span>`],
        [own_words.code, html`<span class="code">${each.code}</span>`],
        [words.facts.phone, person?.phone_ending && own_words.phone(person.phone_ending)],
        [own_words.origin, person && label("origin", person.origin)],
        [own_words.permit, person?.permit?.employer],
        [own_words.path, own_words.pathOf(each.path)],
        [own_words.officer, each.officer && (each.officer === own.subject ? own_words.me : each.officer)],
        [own_words.dueOn, each.due_on && dateOf(each.due_on)],
        [own_words.told, each.told && toldIn(each.told, own_words)],
        [own_words.restricted, person?.restricted && "✓"],
      ]}
    />
    <h3>${own_words.why}</h3>
    <ul class="notes">
      ${each.reasons.map(
        (reason) =>
          html`<li>
            ${own_words.reason(
              label("kinds", reason.kind),
              dateAndTime(reason.from),
              reason.until !== reason.from && dateAndTime(reason.until),
              reason.through,
            )}
          </li>`,
      )}
    </ul>
    ${each.work?.length > 0 &&
    html`<h3>${own_words.history}</h3>
      <ul class="notes">
        ${each.work.map(
          (fact) => html`<li>${own_words.historyLine(label("contact", fact.kind), dateAndTime(fact.recorded_at), fact.note)}</li>`,
        )}
      </ul>`}
    <p class="actions">
      <button type="button" class="primary" onClick=${() => openForm(working(words, path, each, name, recorded))}>${own_words.work}</button>
      ${OPEN_STATES.includes(each.state) &&
      !each.told &&
      html`<button type="button" onClick=${() => openForm(telling(words, path, drafted, each, name))}>${words.tellOne}</button>`}
    </p>
  `;
}

function nameOf(each, words) {
  const { person } = each;
  return person ? `${person.masked_name}, ${person.birth_year}` : words.unnamed;
}

function toldIn(told, words) {
  const state = label("told", told.state);
  return words.toldOf(state === told.state ? label("wave", told.state) : state, told.channel && label("channel", told.channel), dateAndTime(told.at));
}

function working(words, path, each, name, recorded) {
  const form = words.workForm;
  const kind = (...kinds) => (values) => kinds.includes(values.kind);
  return {
    title: form.title(name),
    text: form.text,
    button: form.button,
    codes: { case_unknown: "case", case_of_another: "case", code_mistyped: "case" },
    fields: [
      { name: "kind", kind: "choice", label: form.kind, options: form.kinds, start: each.state === "found" ? "assigned" : "reached" },
      { name: "officer", label: form.officer, hint: form.officerHint, optional: true, when: kind("assigned") },
      { name: "result", kind: "choice", label: form.result, options: choices("result"), when: kind("tested") },
      { name: "case", label: form.case, when: kind("became_case") },
      { name: "due_on", kind: "date", label: form.due, hint: form.dueHint, optional: true, when: kind("assigned", "reached", "not_reached") },
      { name: "note", kind: "area", label: form.note, optional: true, rows: 2, maxlength: 500 },
    ],
    send: async (values) => {
      const asked = (field, ...kinds) => (kinds.includes(values.kind) && values[field]) || undefined;
      const body = {
        kind: values.kind,
        officer: asked("officer", "assigned"),
        result: asked("result", "tested"),
        case: asked("case", "became_case"),
        due_on: asked("due_on", "assigned", "reached", "not_reached"),
        note: values.note || undefined,
      };
      return (await request("POST", `${path}/contacts/${each.contact}/work`, { body })).body;
    },
    after: recorded,
  };
}

function telling(words, path, drafted, one, name) {
  const form = words.waveForm;
  const choosing = one
    ? []
    : [
        { name: "hops", kind: "several", label: form.hops, hint: form.hopsHint, options: ["1", "2", "3"].map((hop) => [hop, `F${hop}`]), start: ["1"] },
        { name: "states", kind: "several", label: form.states, hint: form.statesHint, options: choices("contact", OPEN_STATES) },
        { name: "kinds", kind: "several", label: form.kinds, hint: form.kindsHint, options: choices("kinds") },
        { name: "rate", label: form.rate, start: "300", inputmode: "numeric" },
      ];
  return {
    title: one ? form.one(name) : form.title,
    text: form.text,
    button: form.button,
    done: form.done,
    fields: [...choosing, reasonField(form.reason)],
    send: async (values, key) => {
      const some = (list) => (list.length ? list : undefined);
      const choice = one
        ? { contacts: [one.contact] }
        : { hops: some(values.hops.map(Number)), states: some(values.states), kinds: some(values.kinds), rate: numberOf(values.rate) };
      const body = { reason: values.reason, ...choice };
      return (await request("POST", `${path}/waves`, { body, headers: { "Idempotency-Key": key } })).body;
    },
    after: (draft) => {
      drafted(draft);
      forget("/v1/waves");
      requestAnimationFrame(() => document.querySelector(".notice button")?.focus());
    },
  };
}

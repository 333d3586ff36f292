/** One contact of a case: why, the message, the work; in the list of a case, and alone with all that was recorded. */
import { dateAndTime, dateOf, useWords } from "../../lib/language.js";
import { Failure, Loading } from "../../lib/parts.js";
import { html, useState } from "../../lib/view.js";
import { openForm } from "../forms.js";
import { choices, label } from "../labels.js";
import { Chip, Facts, Reload, Title, announce } from "../parts.js";
import { go } from "../places.js";
import { forget, request, useAnswer } from "../requests.js";
import { allOfficers, useOfficerName } from "./officers.js";
import { Draft, OPEN_STATES, telling } from "./tellings.js";
import { WORDS } from "./words.js";

export const TONES = { found: "due", not_reached: "wrong", became_case: "wrong", cleared: "done" };

export function OneContact({ code, id, own }) {
  const words = useWords(WORDS);
  const answer = useAnswer(`/v1/cases/${code}/contacts/${id}`);
  const [draft, setDraft] = useState(null);
  const each = answer.value;
  const recorded = (next) => {
    answer.set(next);
    announce(words.contact.done);
    forget("/v1/officers");
    forget(`/v1/cases/${code}/contacts`);
  };
  return html`
    <${Title} back=${words.back}>${each ? nameOf(each, words) : words.contact.one}<//>
    <${Failure} error=${answer.error} retry=${answer.reload} />
    ${answer.busy && html`<${Loading} />`}
    ${each &&
    html`
      <p class="chips"><${Chip}>${each.label}<//> <${Chip} tone=${TONES[each.state]}>${label("contact", each.state)}<//></p>
      <p><button type="button" class="plain" onClick=${() => go("cases", "case", code)}>${words.case(code)}</button></p>
      ${draft && html`<${Draft} draft=${draft} />`}
      <${Contact} each=${each} own=${own} code=${code} recorded=${recorded} drafted=${setDraft} />
      <${Reload} onClick=${answer.reload} />
    `}
  `;
}

export function Contact({ each, own, code, recorded, drafted }) {
  const words = useWords(WORDS);
  const texts = words.contact;
  const path = `/v1/cases/${code}`;
  const { person } = each;
  const name = nameOf(each, words);
  const officer = useOfficerName(each.officer === own.subject ? "" : each.officer);
  const work = async () => {
    const officers = await allOfficers().catch(() => []);
    const others = officers.filter(({ subject }) => subject !== own.subject);
    openForm(working(words, path, each, name, others, recorded));
  };
  return html`
    ${person?.origin === "unproven" && html`<p class="what">${texts.unproven}</p>`}
    <${Facts}
      facts=${[
        [texts.id, html`<span class="code">${each.contact}</span>`],
        [texts.code, html`<span class="code">${each.code}</span>`],
        [words.facts.phone, person?.phone_ending && texts.phone(person.phone_ending)],
        [texts.origin, person && label("origin", person.origin)],
        [texts.permit, person?.permit?.employer],
        [texts.path, texts.pathOf(each.path)],
        [texts.officer, each.officer && (each.officer === own.subject ? texts.me : officer)],
        [texts.dueOn, each.due_on && dateOf(each.due_on)],
        [texts.told, each.told && toldIn(each.told, texts)],
        [texts.restricted, person?.restricted && "✓"],
      ]}
    />
    <h2>${texts.why}</h2>
    <ul class="notes">
      ${each.reasons.map(
        (reason) =>
          html`<li>
            ${texts.reason(
              label("kinds", reason.kind),
              dateAndTime(reason.from),
              dateAndTime(reason.until) !== dateAndTime(reason.from) && dateAndTime(reason.until),
              reason.through,
            )}
          </li>`,
      )}
    </ul>
    ${each.work?.length > 0 &&
    html`<h2>${texts.history}</h2>
      <ul class="notes">
        ${each.work.map(
          (fact) => html`<li>${texts.historyLine(label("contact", fact.kind), dateAndTime(fact.recorded_at), fact.note)}</li>`,
        )}
      </ul>`}
    <p class="actions">
      <button type="button" class="primary" onClick=${work}>${texts.work}</button>
      ${!each.work && html`<button type="button" onClick=${() => go("cases", "contact", each.contact, { case: code })}>${texts.history}</button>`}
      ${OPEN_STATES.includes(each.state) &&
      !each.told &&
      html`<button type="button" onClick=${() => openForm(telling(words, path, drafted, each, name))}>${words.tellOne}</button>`}
    </p>
  `;
}

export function nameOf(each, words) {
  const { person } = each;
  return person ? `${person.masked_name}, ${person.birth_year}` : words.unnamed;
}

function toldIn(told, words) {
  const state = label("told", told.state);
  return words.toldOf(state === told.state ? label("wave", told.state) : state, told.channel && label("channel", told.channel), dateAndTime(told.at));
}

const SOMEBODY_ELSE = "else";

function working(words, path, each, name, officers, recorded) {
  const form = words.workForm;
  const kind = (...kinds) => (values) => kinds.includes(values.kind);
  return {
    title: form.title(name),
    text: form.text,
    button: form.button,
    codes: { case_unknown: "case", case_of_another: "case", code_mistyped: "case" },
    fields: [
      { name: "kind", kind: "choice", label: form.kind, options: form.kinds, start: each.state === "found" ? "assigned" : "reached" },
      {
        name: "assigned",
        kind: "select",
        label: form.officer,
        options: [["", form.oneself], ...officers.map(({ subject, name: known }) => [subject, known ?? subject]), [SOMEBODY_ELSE, form.somebodyElse]],
        when: kind("assigned"),
      },
      {
        name: "officer",
        label: form.subject,
        hint: form.subjectHint,
        autocapitalize: "none",
        when: (values) => kind("assigned")(values) && values.assigned === SOMEBODY_ELSE,
      },
      { name: "result", kind: "choice", label: form.result, options: choices("result"), when: kind("tested") },
      { name: "case", label: form.case, when: kind("became_case") },
      { name: "due_on", kind: "date", label: form.due, hint: form.dueHint, optional: true, when: kind("assigned", "reached", "not_reached") },
      { name: "note", kind: "area", label: form.note, optional: true, rows: 2, maxlength: 500 },
    ],
    send: async (values) => {
      const asked = (field, ...kinds) => (kinds.includes(values.kind) && values[field]) || undefined;
      const body = {
        kind: values.kind,
        officer: officerOf(values),
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

function officerOf({ kind, assigned, officer }) {
  if (kind !== "assigned") return undefined;
  // The API says what a subject looks like, also if nothing was typed.
  return assigned === SOMEBODY_ELSE ? officer.trim() || "-" : assigned || undefined;
}

/** Permits: asked for by a form, decided, revoked. */
import { Problem } from "../../lib/api.js";
import { dateAndTime, dateOf, today, useWords } from "../../lib/language.js";
import { Failure, Loading } from "../../lib/parts.js";
import { html, useState } from "../../lib/view.js";
import { allCheckpoints, checkpointName, useCheckpoints } from "../checkpoints.js";
import { numberOf, openForm, reasonField } from "../forms.js";
import { choices, label } from "../labels.js";
import { Chip, Facts, Filter, ListEnd, Reload, Rows, Title, announce } from "../parts.js";
import { go } from "../places.js";
import { forget, request, useAnswer, useList } from "../requests.js";
import { useCommuneName } from "../units.js";
import { WORDS as SHARED } from "../words.js";
import { WORDS } from "./words.js";

const DECIDING = ["health", "supervisor"];
const TONES = { asked: "due", overdue: "wrong", granted: "done", refused: "usual", revoked: "wrong", ended: "usual" };
const DAY = 86400000;

let kept = "asked";

export default function Permits({ own, place }) {
  const decides = own.roles.some((role) => DECIDING.includes(role));
  if (place.view === "permit" && decides) return html`<${Permit} key=${place.item} code=${place.item} />`;
  return html`<${Requests} key="list" decides=${decides} />`;
}

function Requests({ decides }) {
  const words = useWords(WORDS);
  const all = useWords(SHARED).all;
  const [state, setState] = useState(kept);
  const [sent, setSent] = useState([]);
  const list = useList(decides ? "/v1/permits" : null, "permits", { state });
  const ask = async () => {
    const gates = await allCheckpoints().catch(() => []);
    openForm(
      asking(words, gates, (line) => {
        const text = line.outcome === "repeated" ? words.askedBefore(line.code) : words.asked(line.code);
        setSent((before) => [...before, text]);
        announce(text);
        forget("/v1/permits?");
      }),
    );
  };
  return html`
    <${Title}>${words.title}<//>
    ${!decides && html`<p>${words.askOnly}</p>`}
    <div class="bar">
      <button type="button" class="primary" data-key="n" onClick=${ask}>${words.ask}</button>
      ${decides &&
      html`<${Filter}
        name="state"
        label=${words.state}
        value=${state}
        options=${[["", all], ...choices("permit")]}
        onChange=${(next) => {
          kept = next;
          setState(next);
        }}
      />`}
    </div>
    ${sent.length > 0 && html`<div class="notice"><h2>${words.last}</h2><ul class="notes">${sent.map((each) => html`<li>${each}</li>`)}</ul></div>`}
    ${decides &&
    html`<${Rows}
        name="permits"
        label=${words.list}
        heads=${words.heads}
        items=${list.items}
        keyOf=${(each) => each.code}
        open=${(each) => go("permits", "permit", each.code)}
        cells=${(each) => [
          `${each.asked.person.full_name}, ${each.asked.person.birth_year}`,
          each.asked.employer,
          words.condition.range(dateOf(each.asked.conditions.from), dateOf(each.asked.conditions.until)),
          html`<${States} permit=${each} />`,
        ]}
      />
      <${ListEnd} list=${list} empty=${words.none} />`}
  `;
}

function States({ permit }) {
  const words = useWords(WORDS);
  return html`<span class="chips">
    <${Chip} tone=${TONES[permit.state]}>${label("permit", permit.state)}<//>
    ${permit.overdue && html`<${Chip} tone="wrong">${words.overdue}<//>`}
  </span>`;
}

function Permit({ code }) {
  const words = useWords(WORDS);
  const path = `/v1/permits/${code}`;
  const answer = useAnswer(path);
  const permit = answer.value;
  const gates = useCheckpoints();
  const commune = useCommuneName(permit?.asked.commune);
  const { facts } = words;
  const asked = permit?.asked;
  const name = asked?.person.full_name;
  return html`
    <${Title} back=${words.back}>${name ?? words.one}<//>
    <${Failure} error=${answer.error} retry=${answer.reload} />
    ${answer.busy && html`<${Loading} />`}
    ${permit &&
    html`
      <p><${States} permit=${permit} /></p>
      <${Facts}
        facts=${[
          [facts.person, `${name}, ${asked.person.birth_year}`],
          [facts.identity, `${label("identity", asked.person.identity.kind)} ${asked.person.identity.number}`],
          [facts.phone, asked.person.phone],
          [facts.plate, asked.plate],
          [facts.employer, asked.employer],
          [facts.purpose, asked.purpose],
          [facts.commune, commune],
          [facts.askedAt, dateAndTime(permit.asked_at)],
          [facts.decidedAt, permit.decided_at && dateAndTime(permit.decided_at)],
          [facts.reason, permit.reason],
          [facts.ends, permit.ends_at && dateAndTime(permit.ends_at)],
          [facts.revokedAt, permit.revoked_at && dateAndTime(permit.revoked_at)],
          [facts.revokedFor, permit.revoked_for],
          [facts.code, html`<span class="code">${permit.code}</span>`],
        ]}
      />
      <h2>${permit.conditions ? words.granted : words.conditions}</h2>
      <${Conditions} conditions=${permit.conditions ?? asked.conditions} gates=${gates} />
      <${Decisions} permit=${permit} path=${path} gates=${gates} answer=${answer} />
      <${Reload} onClick=${answer.reload} />
    `}
  `;
}

function Conditions({ conditions, gates }) {
  const words = useWords(WORDS).condition;
  const listed = (all, shown, none) => (all.length ? all.map(shown).join(", ") : none);
  return html`<${Facts}
    facts=${[
      [words.days, listed(conditions.days, (day) => label("days", day), words.everyDay)],
      [words.hours, conditions.hours ? `${conditions.hours.from} – ${conditions.hours.until}` : words.allDay],
      [words.checkpoints, listed(conditions.checkpoints, (id) => checkpointName(gates, id), words.allGates)],
      [words.tests, conditions.tests_every_days ? words.every(conditions.tests_every_days) : words.noTests],
      [words.term, words.range(dateOf(conditions.from), dateOf(conditions.until))],
    ]}
  />`;
}

function Decisions({ permit, path, gates, answer }) {
  const words = useWords(WORDS);
  const name = permit.asked.person.full_name;
  const act = (what, fields, send) => {
    const { button, title, text, done } = words[what];
    openForm({
      title: title(name),
      text,
      button,
      done,
      danger: what !== "grant",
      fields,
      send: async (values) => (await request("POST", ...send(values))).body,
      after: (next) => {
        forget("/v1/permits?");
        answer.set(next);
      },
      outdated: answer.reload,
    });
  };
  const reason = reasonField(words.reason);
  const grant = () =>
    act("grant", [...conditionFields(words, gates, permit.asked.conditions, "conditions"), { ...reason, optional: true }], (values) => [
      `${path}/decision`,
      { body: { decision: "grant", conditions: conditionsOf(values, "conditions"), reason: values.reason || undefined } },
    ]);
  const refuse = () => act("refuse", [reason], (values) => [`${path}/decision`, { body: { decision: "refuse", reason: values.reason || undefined } }]);
  const revoke = () => act("revoke", [reason], (values) => [`${path}/revocation`, { body: { reason: values.reason } }]);
  return html`<p class="actions">
    ${permit.state === "asked" &&
    html`<button type="button" class="primary" onClick=${grant}>${words.grant.button}</button>
      <button type="button" onClick=${refuse}>${words.refuse.button}</button>`}
    ${permit.state === "granted" && html`<button type="button" onClick=${revoke}>${words.revoke.button}</button>`}
  </p>`;
}

/** The fields of conditions, under a member of the body. */
function conditionFields(words, gates, start, under) {
  const { form, condition } = words;
  const at = (name) => ({ name: `${under}-${name}`, pointer: `${under.startsWith("/") ? "" : "/"}${under.replaceAll("-", "/")}/${name.replaceAll("-", "/")}` });
  return [
    { ...at("from"), kind: "date", label: condition.from, start: start?.from ?? today() },
    { ...at("until"), kind: "date", label: condition.until, start: start?.until ?? dayAfter(30) },
    { ...at("days"), kind: "several", label: condition.days, hint: form.daysHint, options: choices("days"), start: start?.days ?? [] },
    { ...at("hours-from"), type: "time", label: form.hoursFrom, hint: form.hoursHint, optional: true, start: start?.hours?.from ?? "" },
    { ...at("hours-until"), type: "time", label: form.hoursUntil, optional: true, start: start?.hours?.until ?? "" },
    {
      ...at("checkpoints"),
      kind: "several",
      label: condition.checkpoints,
      hint: form.gatesHint,
      options: gates.map((each) => [each.id, checkpointName(gates, each.id)]),
      start: start?.checkpoints ?? [],
    },
    {
      ...at("tests_every_days"),
      label: form.testsEvery,
      hint: form.testsHint,
      inputmode: "numeric",
      optional: true,
      start: start?.tests_every_days ? String(start.tests_every_days) : "",
    },
  ];
}

function conditionsOf(values, under) {
  const of = (name) => values[`${under}-${name}`];
  const hours = of("hours-from") || of("hours-until");
  return {
    from: of("from"),
    until: of("until"),
    days: of("days").length ? of("days") : undefined,
    hours: hours ? { from: of("hours-from"), until: of("hours-until") } : undefined,
    checkpoints: of("checkpoints").length ? of("checkpoints") : undefined,
    tests_every_days: numberOf(of("tests_every_days")),
  };
}

function dayAfter(days) {
  return new Date(Date.parse(today()) + days * DAY).toISOString().slice(0, 10);
}

function asking(words, gates, after) {
  const { form } = words;
  const field = (name, more) => ({ name, pointer: `/permits/0/${name.replaceAll("-", "/")}`, ...more });
  return {
    title: form.title,
    text: form.text,
    button: form.button,
    fields: [
      field("person-full_name", { label: form.name }),
      field("person-birth_year", { label: form.year, inputmode: "numeric", maxlength: 4 }),
      field("person-identity-kind", { kind: "select", label: form.identity, options: choices("identity"), start: "cccd" }),
      field("person-identity-number", { label: form.number }),
      field("person-phone", { label: form.phone, hint: form.phoneHint, inputmode: "tel", optional: true }),
      field("plate", { label: form.plate, hint: form.plateHint, optional: true, autocapitalize: "characters" }),
      field("employer", { label: form.employer }),
      field("purpose", { label: form.purpose }),
      field("commune", { kind: "unit", label: form.commune }),
      ...conditionFields(words, gates, null, "conditions").map((each) => ({ ...each, pointer: `/permits/0${each.pointer}` })),
    ],
    send: async (values, key) => {
      const asked = {
        person: {
          full_name: values["person-full_name"],
          birth_year: numberOf(values["person-birth_year"]),
          identity: { kind: values["person-identity-kind"], number: values["person-identity-number"] },
          phone: values["person-phone"] || undefined,
        },
        plate: values.plate || undefined,
        employer: values.employer,
        purpose: values.purpose,
        commune: values.commune || undefined,
        conditions: conditionsOf(values, "conditions"),
      };
      const { body } = await request("POST", "/v1/permits", { body: { permits: [asked] }, headers: { "Idempotency-Key": key } });
      const refused = body.lines.filter((line) => line.outcome === "refused");
      // Each line of a list is answered for itself.
      if (refused.length) throw new Problem(refused[0].problem.status, { ...refused[0].problem, errors: refused[0].problem.errors ?? [] }, null);
      return body.lines[0];
    },
    after,
  };
}

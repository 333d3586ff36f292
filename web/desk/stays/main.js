/** The stays of a commune: the list of a day, and one stay with its records. */
import { dateAndTime, dateOf, today, useWords } from "../../lib/language.js";
import { Failure, Loading } from "../../lib/parts.js";
import { html, useState } from "../../lib/view.js";
import { numberOf, openForm, reasonField } from "../forms.js";
import { choices, label } from "../labels.js";
import { Chip, Facts, Filter, ListEnd, Reload, Rows, Title, announce } from "../parts.js";
import { go } from "../places.js";
import { forget, request, useAnswer, useList } from "../requests.js";
import { unitOf, useCommuneName } from "../units.js";
import { WORDS } from "./words.js";

const STATES = ["ill", "silent", "test_due", "expected", "ending", "not_found", "elsewhere", "confirmed"];
const TONES = { ill: "wrong", silent: "wrong", test_due: "due", expected: "due", not_found: "wrong", elsewhere: "wrong", confirmed: "done" };

/** Kept while the page is open, so that the list is there when somebody comes back. */
let kept = { commune: "", day: "", state: "", near: "" };

export default function Stays({ own, place }) {
  if (place.view === "stay") return html`<${Stay} key=${place.item} code=${place.item} commune=${place.more.commune} />`;
  return html`<${List} key="list" own=${own} />`;
}

function List({ own }) {
  const words = useWords(WORDS);
  const choosing = own.roles.includes("health");
  const [query, setQuery] = useState(() => ({ ...kept, commune: kept.commune || own.commune || "", day: kept.day || today() }));
  const [near, setNear] = useState(query.near);
  const change = (next) => {
    kept = { ...query, ...next };
    setQuery(kept);
  };
  const { commune, ...rest } = query;
  const name = useCommuneName(commune);
  const list = useList(commune && `/v1/communes/${commune}/stays`, "stays", rest);
  const counts = list.first?.counts;
  const choose = () =>
    openForm({
      title: words.chooseCommune,
      fields: [{ name: "commune", kind: "unit", label: words.commune }],
      button: words.show,
      send: async (values) => values.commune && change({ commune: values.commune, state: "", near: "" }),
    });
  return html`
    <${Title}>${words.title}<//>
    <div class="bar">
      ${commune && html`<p><strong>${name}</strong></p>`}
      ${choosing && html`<button type="button" data-key="n" onClick=${choose}>${commune ? words.otherCommune : words.chooseCommune}</button>`}
    </div>
    ${!commune && html`<p class="empty">${choosing ? words.noCommune : words.notPosted}</p>`}
    ${commune &&
    html`
      <form
        class="bar"
        onSubmit=${(event) => {
          event.preventDefault();
          change({ near });
        }}
      >
        <${Filter}
          name="state"
          label=${words.state}
          value=${query.state}
          options=${[["", words.all()], ...STATES.map((each) => [each, counts ? `${label("stay", each)} (${counts[each]})` : label("stay", each)])]}
          onChange=${(state) => change({ state })}
        />
        <label class="filter"><span>${words.day}</span>
          <input type="date" name="day" value=${query.day} onChange=${(event) => event.target.value && change({ day: event.target.value })} />
        </label>
        <label class="filter"><span>${words.near}</span>
          <input name="near" value=${near} autocomplete="off" maxlength="100" onInput=${(event) => setNear(event.target.value)} />
        </label>
        <button type="submit">${words.nearButton}</button>
      </form>
      <${Rows}
        name="stays"
        label=${words.list}
        heads=${words.heads}
        items=${list.items}
        keyOf=${(each) => each.code}
        open=${(each) => go("stays", "stay", each.code, { commune })}
        cells=${(each) => [
          each.person ? `${each.person.full_name}, ${each.person.birth_year}` : words.restricted,
          each.person?.address ?? each.person?.host ?? "",
          `${dateOf(each.until)} (${words.dayOf(each.day, each.days)})`,
          html`<${States} stay=${each} />`,
        ]}
      />
      <${ListEnd} list=${list} empty=${words.none} />
    `}
  `;
}

function States({ stay }) {
  const states = ["ill", "silent", "test_due"].filter((each) => stay[each]);
  return html`<span class="chips">
    ${[...states, stay.arrival].map((each) => html`<${Chip} tone=${TONES[each]}>${label("stay", each)}<//>`)}
  </span>`;
}

function Stay({ code, commune }) {
  const words = useWords(WORDS);
  const path = `/v1/communes/${commune}/stays/${code}`;
  const answer = useAnswer(path);
  const stay = answer.value;
  const { facts } = words;
  return html`
    <${Title} back=${words.back}>${stay?.person ? `${stay.person.full_name}, ${stay.person.birth_year}` : words.one}<//>
    <${Failure} error=${answer.error} retry=${answer.reload} />
    ${answer.busy && html`<${Loading} />`}
    ${stay &&
    html`
      <p class="chips">
        <${Chip} tone=${stay.running ? "due" : "usual"}>${stay.running ? words.running : words.over}<//>
        <${States} stay=${stay} />
      </p>
      <${Facts}
        facts=${[
          [facts.phone, stay.person?.phone && html`<a href="tel:${stay.person.phone}">${stay.person.phone}</a>`],
          [facts.address, stay.person?.address],
          [facts.host, stay.person?.host],
          [facts.time, `${dateOf(stay.begins_on)} – ${dateOf(stay.until)} (${words.dayOf(stay.day, stay.days)})`],
          [facts.place, label("place", stay.place)],
          [facts.tests, stay.tests_on.map(dateOf).join(", ")],
          [facts.report, stay.report_daily && words.daily],
          [facts.last, stay.last_report && dateOf(stay.last_report)],
          [facts.code, html`<span class="code">${stay.code}</span>`],
        ]}
      />
      <${Actions} stay=${stay} path=${path} commune=${commune} changed=${answer.set} outdated=${answer.reload} />
      <${History} stay=${stay} />
      <${Reload} onClick=${answer.reload} />
    `}
  `;
}

function Actions({ stay, path, commune, changed, outdated }) {
  const words = useWords(WORDS);
  const name = stay.person?.full_name ?? words.one;
  const last = stay.changes.at(-1);
  const recording = (where, body) => async (values) => (await request("POST", `${path}/${where}`, { body: body(values) })).body;
  const after = (next) => {
    forget(`/v1/communes/${commune}/stays?`);
    changed(next);
  };
  const shared = { button: words.arrival.button, done: words.done, after, outdated };
  const forms = {
    arrival: {
      ...shared,
      title: words.arrival.title(name),
      fields: [
        { name: "outcome", kind: "choice", label: words.arrival.outcome, options: choices("stay", ["confirmed", "not_found", "elsewhere"]), start: "confirmed" },
        { name: "note", kind: "area", rows: 2, maxlength: 200, label: words.arrival.note, optional: true },
      ],
      send: recording("arrival", ({ outcome, note }) => ({ outcome, note: note || undefined })),
    },
    report: {
      ...shared,
      title: words.report.title(name),
      text: words.report.text,
      fields: [
        { name: "day", kind: "date", label: words.report.day, start: today() },
        { name: "symptoms", kind: "several", label: words.report.symptoms, hint: words.report.symptomsHint, options: choices("symptoms") },
        { name: "temperature", label: words.report.temperature, inputmode: "decimal", optional: true },
      ],
      send: recording("health-reports", ({ day, symptoms, temperature }) => ({ day, symptoms, temperature: numberOf(temperature) })),
    },
    test: {
      ...shared,
      title: words.test.title(name),
      text: words.test.text,
      fields: [
        { name: "day", kind: "date", label: words.test.day, start: today() },
        { name: "kind", kind: "choice", label: words.test.kind, options: choices("test"), start: "antigen" },
        { name: "result", kind: "choice", label: words.test.result, options: choices("result", ["negative", "positive"]) },
      ],
      send: recording("tests", ({ day, kind, result }) => ({ day, kind, result: result || undefined })),
    },
    change: {
      ...shared,
      title: words.change.title(name),
      text: words.change.text,
      danger: true,
      button: words.change.button,
      fields: [
        { name: "kind", kind: "choice", label: words.change.kind, options: words.change.kinds, start: "longer" },
        { name: "until", kind: "date", label: words.change.until, when: ({ kind }) => ["longer", "shorter"].includes(kind) },
        { name: "to", kind: "unit", label: words.change.to, when: ({ kind }) => kind === "moved" },
        { name: "address", label: words.change.address, when: ({ kind }) => kind === "moved" },
        reasonField(words.change.reason),
      ],
      send: recording("changes", ({ kind, until, to, address, reason }) => ({
        kind,
        until: ["longer", "shorter"].includes(kind) ? until || undefined : undefined,
        ...(kind === "moved" ? { to: unitOf(to), address } : {}),
        reason,
      })),
      done: "",
      after(next) {
        const moved = next.changes.at(-1)?.kind === "moved";
        forget(`/v1/communes/`);
        announce(moved ? words.moved : words.done);
        // The new commune has it now.
        if (moved) go("stays");
        else changed(next);
      },
    },
    undo: {
      ...shared,
      title: words.undo.title,
      text: words.undo.text(last && label("change", last.kind)),
      danger: true,
      button: words.undo.button,
      fields: [reasonField(words.change.reason)],
      send: recording("changes", ({ reason }) => ({ kind: "taken_back", reason })),
    },
  };
  const possible = stay.running ? ["arrival", "report", "test", "change"] : [];
  return html`<p class="actions">
    ${[...possible, ...(last && last.kind !== "taken_back" ? ["undo"] : [])].map(
      (each, at) =>
        html`<button type="button" class=${at === 0 && stay.running ? "primary" : undefined} onClick=${() => openForm(forms[each])}>${words.acts[each]}</button>`,
    )}
  </p>`;
}

function History({ stay }) {
  const words = useWords(WORDS);
  const by = (each) => each.recorded_by_name;
  const parts = {
    arrivals: stay.arrivals.map((each) => [dateAndTime(each.recorded_at), label("stay", each.outcome), each.note, by(each)]),
    changes: stay.changes.map((each) => [
      dateAndTime(each.recorded_at),
      label("change", each.kind),
      each.until && words.until(dateOf(each.until)),
      each.address,
      each.reason,
      by(each),
    ]),
    reports: stay.reports.map((each) => [
      dateOf(each.day),
      each.symptoms.length ? each.symptoms.map((symptom) => label("symptoms", symptom)).join(", ") : words.well,
      each.temperature && words.degrees(each.temperature),
      each.recorded_by ? by(each) : words.self,
    ]),
    tests: stay.tests.map((each) => [dateOf(each.day), label("test", each.kind), label("result", each.result), by(each)]),
  };
  return html`${Object.entries(parts).map(
    ([name, lines]) =>
      lines.length > 0 &&
      html`<h2>${words.history[name]}</h2>
        <ul class="notes">${lines.map((line) => html`<li>${line.filter(Boolean).join(" · ")}</li>`)}</ul>`,
  )}`;
}

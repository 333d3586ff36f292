/** A form that staff take for somebody who has none: with network it gives a pass, without it a number on paper. */
import { Problem, Unreachable } from "../lib/api.js";
import { today, useWords } from "../lib/language.js";
import { Back, Choices, ErrorSummary, Failure, Field } from "../lib/parts.js";
import { SignedOut, askAsStaff } from "../lib/session.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { ANSWER_WORDS } from "./answer_words.js";
import { check, hasNetwork, noteNetwork } from "./checking.js";
import { readDegrees } from "./decisions.js";
import { DECLARE_WORDS } from "./declare_words.js";
import { EMPTY, PERSON, WITH_PLATE, beforeOf, everyone, fromCard, missing, named, whole } from "./forms.js";
import { loadPlaces } from "./places.js";
import { findingsOf } from "./policies.js";
import { declarationId, keepDeclaration } from "./recording.js";
import { kept } from "./store.js";

const MOST_SHOWN = 6;
/** The form takes so many; a larger group is a bus with a list of its own. */
const MOST_COMPANIONS = 9;

/**
 * @param {{gate: object, card?: object, onBack: () => void, onCheck: (code: string) => void,
 *   onFamily: (code: string) => void}} props `card`: what a scanned card gives the form. `onFamily`: several people have
 *   a pass now.
 */
export function Declare({ gate, card, onBack, onCheck, onFamily, onRecorded }) {
  const words = useWords(DECLARE_WORDS);
  const [form, change] = useState({ ...EMPTY, ...fromCard(card) });
  const [places, setPlaces] = useState(null);
  const [errors, setErrors] = useState({});
  const [turn, setTurn] = useState(0);
  const [failure, tell] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const [paper, setPaper] = useState(null);
  const [scanned, scan] = useState(null);
  const [isLost, setLost] = useState(!hasNetwork());
  const key = useRef(null);
  useEffect(() => {
    loadPlaces().then(setPlaces, async (error) => setPlaces((await kept("places")) ?? { error }));
  }, []);
  const set = (name) => (value) => {
    // What was typed while a card was read stays.
    change((now) => ({ ...now, [name]: typeof value === "function" ? value(now[name]) : value }));
    if (errors[name]) setErrors(Object.fromEntries(Object.entries(errors).filter(([other]) => other !== name)));
  };
  /** The fields of the form, or of a companion's part of it. */
  const fieldsOf = (part, setOf, before = "") => ({
    field: (name, more = {}) =>
      html`<${Field} name=${before + name} label=${words[name]} hint=${words.hints[name]} value=${part[name]} error=${errors[before + name]} onInput=${setOf(name)} autocomplete="off" ...${more} />`,
    choices: (name, legend, more = {}) =>
      html`<${Choices} name=${before + name} legend=${legend} value=${part[name]} error=${errors[before + name]} onChange=${setOf(name)} options=${Object.entries(words[`${name}Of`]).map(([value, text]) => ({ value, text }))} ...${more} />`,
  });
  const { field, choices } = fieldsOf(form, set);
  const details = ({ field, choices }) =>
    html`${field("name", { autocapitalize: "words" })} ${field("born", { inputmode: "numeric", maxlength: 4 })}
    ${choices("gender", words.gender)} ${field("number", { maxlength: 20 })}`;
  const health = ({ choices }, { isWell }) =>
    html`${choices("isWell", words.isWell)}
    ${isWell === "no" && html`${choices("symptoms", words.symptoms, { several: true })} ${choices("contacts", words.contacts, { several: true })}`}`;
  /** A camera for a person's card: the traveller's is -1. */
  const cardOf = (place, onCard) =>
    scanned === place
      ? html`<${CardScanner} onCard=${(card) => (scan(null), onCard(card))} onClose=${() => scan(null)} />`
      : html`<button type="button" class="wide" onClick=${() => scan(place)}>${words.scanCard}</button>`;
  const setCompanion = (place, more) =>
    set("companions")((now) => now.map((other, at) => (at === place ? { ...other, ...more } : other)));
  const companion = (each, place) => {
    const setOf = (name) => (value) => {
      setCompanion(place, { [name]: value });
      setErrors(({ [beforeOf(place) + name]: _, ...others }) => others);
    };
    const parts = fieldsOf(each, setOf, beforeOf(place));
    const leave = () => (set("companions")((now) => now.filter((_, at) => at !== place)), setErrors({}));
    return html`<fieldset class="companion">
      <legend>${words.companion(place + 1)}</legend>
      ${cardOf(place, ({ phone, ...card }) => setCompanion(place, card))}
      ${details(parts)} ${health(parts, each)}
      <button type="button" class="plain" onClick=${leave}>${words.withoutCompanion(place + 1)}</button>
    </fieldset>`;
  };
  const addCompanion = () => {
    set("companions")((now) => [...now, { ...PERSON }]);
    setTimeout(() => document.getElementById(`${beforeOf(form.companions.length)}name`)?.focus());
  };

  const complete = () => {
    const found = missing(form, words);
    setErrors(found);
    setTurn(turn + 1);
    return !Object.keys(found).length;
  };
  const send = async (event) => {
    event.preventDefault();
    if (isBusy || !complete()) return;
    setBusy(true);
    tell(null);
    const body = whole(form, places, gate);
    // The same form has the same key until there is an answer: a line that breaks makes no second declaration.
    const text = JSON.stringify({ ...body, trip: { ...body.trip, expected_arrival: "" } });
    if (key.current?.text !== text) key.current = { text, body, id: crypto.randomUUID() };
    try {
      const answer = await askAsStaff("POST", "/v1/checkpoint/declarations", {
        body: key.current.body,
        headers: { "Idempotency-Key": key.current.id },
      });
      noteNetwork();
      key.current = null;
      const { passes } = answer.body;
      return passes.length > 1 ? onFamily(passes[0].code) : onCheck(passes[0].code);
    } catch (error) {
      noteNetwork(error);
      const hasNoAnswer = error instanceof Unreachable || error instanceof SignedOut;
      setLost(hasNoAnswer);
      const found = error instanceof Problem ? named(error.errors) : {};
      setErrors(found);
      setTurn(turn + 2);
      if (!hasNoAnswer && !Object.keys(found).length) tell(error);
    }
    setBusy(false);
  };
  const keepIt = async (decisions) => {
    if (isBusy) return;
    setBusy(true);
    const { policy } = gate;
    const body = key.current?.body ?? whole(form, places, gate);
    try {
      const number = await keepDeclaration({
        form: body,
        policy: policy.version,
        findings: everyone(body).map((each) => findingsOf(policy, each, body.trip, today())),
        decisions: decisions.map((each, person) => ({ person, checkpoint: gate.checkpoint, recorded_at: new Date().toISOString(), ...each })),
        by: gate.me.subject,
        byName: gate.me.name,
        name: [form.name.trim().split(/\s+/).at(-1), form.companions.length && `+${form.companions.length}`].filter(Boolean).join(" "),
      });
      setPaper(declarationId(number));
    } catch (error) {
      tell(error);
      setBusy(false);
    }
  };

  if (paper) {
    return html`<main>
      <h1>${words.kept}</h1>
      <p>${words.onPaper}</p>
      <p class="paper-number">${paper}</p>
      <button type="button" class="primary wide" onClick=${() => onRecorded({ state: "kept", name: form.name })}>${words.done}</button>
    </main>`;
  }
  if (places?.error) {
    return html`<main><${Back} onClick=${onBack} /><h1>${words.title}</h1><${Failure} error=${places.error} /></main>`;
  }
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.title}</h1>
    <${ErrorSummary} errors=${errors} turn=${turn} />
    <form onSubmit=${send} novalidate>
      ${cardOf(-1, (read) => change((now) => ({ ...now, ...read })))}
      ${details({ field, choices })} ${field("phone", { inputmode: "tel", optional: true })}
      <h2>${words.healthTitle}</h2>
      ${health({ choices }, form)}
      ${form.companions.map(companion)}
      ${form.companions.length < MOST_COMPANIONS && html`<button type="button" class="wide" onClick=${addCompanion}>${words.addCompanion}</button>`}
      <h2>${words.tripTitle}</h2>
      <${Place} name="origin" label=${words.origin} codes=${places?.provinces} places=${places} value=${form.origin} error=${errors.origin} onChoose=${set("origin")} />
      <${Place} name="commune" label=${words.commune} codes=${places?.communes} places=${places} value=${form.commune} error=${errors.commune} onChoose=${set("commune")} />
      ${field("address")} ${choices("transport", words.transport)} ${WITH_PLATE.includes(form.transport) && field("plate", { autocapitalize: "characters" })}
      ${choices("purpose", words.purpose)}
      <details class="more">
        <summary>${words.consentText}</summary>
        <p>${places?.consent?.text[document.documentElement.lang] ?? places?.consent?.text.en}</p>
      </details>
      ${choices("agreed", words.consent, { several: true })}
      <${Failure} error=${failure} />
      ${isLost
        ? html`<${Judge} form=${form} places=${places} gate=${gate} isBusy=${isBusy} isComplete=${complete} onDecide=${keepIt} />`
        : html`<button class="primary wide huge" disabled=${isBusy || !places}>${words.send}</button>`}
    </form>
  </main>`;
}

/** Reads a card. What the device cannot read may come from the API, later than staff are kept waiting. */
function CardScanner({ onCard, onClose }) {
  const words = useWords(DECLARE_WORDS);
  const [camera, setCamera] = useState(null);
  const [isWrong, wrong] = useState(false);
  const isOpen = useRef(true);
  useEffect(() => {
    import("../lib/camera.js").then(setCamera, onClose);
    return () => {
      isOpen.current = false;
    };
  }, []);
  const take = ({ prefilled }) => {
    if (!isOpen.current) return;
    if (prefilled) onCard(fromCard(prefilled.traveller));
    else wrong(true);
  };
  const read = async (text) => take(await check(text, { late: take }).catch(() => ({})));
  return html`<div class="inline-camera">
    ${camera && html`<${camera.Camera} onText=${read} onClose=${onClose} />`}
    ${isWrong && html`<p class="error" role="alert">${words.notACard}</p>`}
  </div>`;
}

/** Without network: what the device finds by the policy of its last sync, and the decision. */
function Judge({ form, places, gate, isBusy, isComplete, onDecide }) {
  const words = useWords(ANSWER_WORDS);
  const own = useWords(DECLARE_WORDS);
  const [temperatures, setTemperatures] = useState({}); // by the person's place in the form
  const [asked, ask] = useState(null);
  const [reason, setReason] = useState("");
  const { policy, checkpoint } = gate;
  if (!policy || !checkpoint) return html`<p class="notice">${words.neverSynced}</p>`;
  const parts = [form, ...form.companions];
  const degrees = parts.map((_, place) => readDegrees(temperatures[place] ?? ""));
  const body = form.origin && parts.every((each) => each.isWell) ? whole(form, places, gate) : null;
  const findings = parts.map((_, place) =>
    body ? findingsOf(policy, everyone(body)[place], body.trip, today()).map((each) => policy.findings[each]) : [],
  );
  const isStopped = findings.flat().some((each) => each.level === "stop") || (policy.fever_from && degrees.some((each) => each >= policy.fever_from));
  const decide = (decision, why) => {
    if (!isComplete()) return;
    if (!why && (decision !== "admit" || isStopped)) return ask(decision);
    onDecide(
      parts.map(({ number }, place) => ({
        decision,
        ...(degrees[place] !== null && { temperature: degrees[place] }),
        ...(number.trim() && { documents_seen: ["identity_document"] }),
        ...(why && { reason: why }),
      })),
    );
  };
  const language = document.documentElement.lang;
  return html`<div>
    <p class="notice">${own.lost}</p>
    ${parts.map(
      ({ name }, place) => html`${parts.length > 1 && html`<h3>${name || own.companion(place)}</h3>`}
        <ul class="findings">${findings[place].map((each) => html`<li class="level-${each.level}">${each[language] ?? each.en}</li>`)}</ul>
        <${Field}
          name=${`temperature${place || ""}`}
          label=${parts.length > 1 ? `${words.temperature}: ${name}` : words.temperature}
          value=${temperatures[place] ?? ""}
          onInput=${(value) => setTemperatures({ ...temperatures, [place]: value })}
          inputmode="decimal"
          maxlength="5"
          autocomplete="off"
        />`,
    )}
    ${parts.length > 1 && html`<p class="quiet">${own.decideAll(parts.length)}</p>`}
    ${asked
      ? html`<h2>${words.why[asked]}</h2>
          ${words.reasons[asked].map((each) => html`<button type="button" class="wide" disabled=${isBusy} onClick=${() => decide(asked, each)}>${each}</button>`)}
          <${Field} name="reason" label=${words.otherReason} value=${reason} onInput=${setReason} maxlength="300" autocomplete="off" />
          <button type="button" class="wide" disabled=${isBusy || !reason.trim()} onClick=${() => decide(asked, reason.trim())}>${words.record}</button>
          <button type="button" class="plain" onClick=${() => ask(null)}>${words.back}</button>`
      : html`<div class="decisions">
          <button type="button" class="admit" disabled=${isBusy} onClick=${() => decide("admit")}>${words.admit}</button>
          <button type="button" class="refuse" disabled=${isBusy} onClick=${() => decide("refuse")}>${words.refuse}</button>
          <button type="button" class="isolate" disabled=${isBusy} onClick=${() => decide("isolate")}>${words.isolate}</button>
        </div>`}
  </div>`;
}

/** A place is typed without accents, and chosen by a tap. */
function Place({ name, label, codes, places, value, error, onChoose }) {
  const words = useWords(DECLARE_WORDS);
  const [text, setText] = useState("");
  if (value) {
    return html`<div class="field chosen-place"><p><strong>${label}</strong><br />${places.names[value]}</p>
      <button type="button" onClick=${() => onChoose("")}>${words.change}</button></div>`;
  }
  const sought = plain(text);
  const found = sought.length > 1 ? (codes ?? []).filter((each) => plain(places.names[each]).includes(sought)) : [];
  return html`<${Field} name=${name} label=${label} hint=${words.hints.place} value=${text} error=${error} onInput=${setText} autocomplete="off" />
    <div class="places" aria-live="polite">
      ${found.slice(0, MOST_SHOWN).map((each) => html`<button type="button" class="wide" onClick=${() => (setText(""), onChoose(each))}>${places.names[each]}</button>`)}
    </div>`;
}

/** Without accents, in small letters. */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase().trim();
}

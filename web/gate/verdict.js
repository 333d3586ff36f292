/** The answer to a scan, over the whole screen. */
import { clockTime, dateAndTime, useWords } from "../lib/language.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { ANSWER_WORDS } from "./answer_words.js";
import { Decide } from "./decisions.js";
import { record } from "./recording.js";
import { dayOf, decisionOf, shortName, shown, shownPlate } from "./seen.js";
import { play } from "./sounds.js";
import { keyOf } from "./store.js";

const ICONS = {
  good: html`<path d="M14 33l13 13 23-27" />`,
  look: html`<path d="M32 8L58 54H6z M32 24v14 M32 45v2" />`,
  stop: html`<path d="M16 16l32 32M48 16L16 48" />`,
  unsure: html`<path d="M22 24c0-16 22-14 20 0-1 7-10 7-10 16M32 50v2" />`,
};

/**
 * @param {{seen: object, gate: object, certificates: object[], onRecorded: (done: object) => void, onNext: () => void,
 *   onScanCertificate?: () => void, onCheck: (text: string) => void, onBus: (code: string) => void,
 *   onDeclare?: (card?: object) => void}} props
 */
export function Verdict(props) {
  return props.seen.problem ? html`<${Refusal} ...${props} />` : html`<${Answer} ...${props} />`;
}

/** The API answers nothing to this caller. */
function Refusal({ seen, onNext, hidden }) {
  const words = useWords(ANSWER_WORDS);
  return html`<main class="verdict" hidden=${hidden}>
    <div class="failure" role="alert">
      <p><strong>${seen.problem.title}</strong></p>
      <p>${seen.problem.detail}</p>
    </div>
    <button type="button" class="primary wide" onClick=${onNext}>${words.next}</button>
  </main>`;
}

function Answer({ seen, gate, certificates, onRecorded, onNext, onScanCertificate, onCheck, onBus, onDeclare, onCorrect, hidden }) {
  const words = useWords(ANSWER_WORDS);
  const title = useRef(null);
  const view = shown(seen, gate);
  const text = words.verdicts[view.verdict] ?? words.verdicts.unreadable;
  useEffect(() => {
    play(view.tone);
    title.current?.focus();
    scrollTo(0, 0);
  }, [seen, view.verdict]);
  return html`<main class="verdict" hidden=${hidden}>
    <div class="band tone-${view.tone}" role="alert">
      <svg viewBox="0 0 64 64" aria-hidden="true">${ICONS[view.tone]}</svg>
      <div>
        <h1 tabindex="-1" ref=${title}>${text.word}</h1>
        ${view.name && html`<p class=${view.name === view.code ? "name only-code" : "name"}>${view.name}</p>`}
      </div>
      <p class="help"><strong>${clockTime(seen.checked_at ?? Date.now())}</strong> · ${helpOf(seen, text, words)}</p>
    </div>
    ${seen.source === "device" && html`<p class="notice by-device">${words.byDevice}</p>`}
    <${Facts} rows=${view.facts} />
    <${Findings} seen=${seen} view=${view} />
    <${Certificate} read=${seen.certificate} />
    ${certificates.map((each) => html`<${Certificate} read=${each.certificate ?? {}} text=${each.text} />`)}
    <${Found} passes=${seen.found} onCheck=${onCheck} />
    ${onDeclare && (seen.prefilled || ["unknown", "expired"].includes(view.verdict)) && html`<button type="button" class="wide" onClick=${() => onDeclare(seen.prefilled?.traveller)}>${words.declare}</button>`}
    ${view.records || view.canLeave
      ? html`<${Decide} key=${seen.text} seen=${seen} view=${view} gate=${gate} certificates=${certificates} onRecorded=${onRecorded} onScanCertificate=${onScanCertificate} />`
      : ""}
    ${mayArrive(seen, view, gate) && html`<${Arrive} seen=${seen} view=${view} gate=${gate} onRecorded=${onRecorded} />`}
    ${mayCorrect(seen, view, gate) && html`<button type="button" class="wide" onClick=${() => onCorrect(crossedOf(seen, view))}>${words.correct}</button>`}
    <${More} seen=${seen} view=${view} onBus=${onBus} onCheck=${onCheck} />
    <button type="button" class=${view.records ? "wide" : "primary wide next"} onClick=${onNext}>${words.next}</button>
  </main>`;
}

/** Somebody in the queue: from now on the pass holds while they wait. */
function Arrive({ seen, view, gate, onRecorded }) {
  const words = useWords(ANSWER_WORDS);
  const [problem, tell] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    if (isBusy) return;
    setBusy(true);
    const form = { code: view.code, checkpoint: gate.checkpoint };
    const line = { kind: "arrival", form, by: gate.me.subject, byName: gate.me.name, name: shortName(seen) };
    const done = await record(line, []).catch(() => ({ state: "refused", problem: { detail: words.cannotKeep } }));
    if (done.state !== "refused") return onRecorded({ ...done, decision: "arrive", name: view.name });
    tell(done.problem.detail || done.problem.title);
    setBusy(false);
  };
  return html`${problem && html`<div class="failure" role="alert"><p>${problem}</p></div>`}
    <button type="button" class="wide" disabled=${isBusy} onClick=${send}>${isBusy ? words.recording : words.arrive}</button>`;
}

function mayArrive(seen, view, gate) {
  const isWaited = seen.arrival ?? seen.arrivedAt;
  return view.records === "pass" && ["valid", "stop"].includes(view.verdict) && gate.direction === "in" && gate.checkpoint && !isWaited;
}

/** A guard corrects what was recorded at the own gate, or on this device. */
function mayCorrect(seen, view, gate) {
  const isHere = seen.crossing ? seen.crossing.checkpoint === gate.checkpoint : seen.source === "device";
  return view.verdict === "used" && gate.direction === "in" && Boolean(gate.checkpoint && decisionOf(seen)) && isHere;
}

function crossedOf(seen, { code }) {
  const at = Number(new Date(seen.crossing?.recorded_at ?? seen.decidedAt ?? Date.now()));
  return { key: keyOf(code), code, kind: "crossing", direction: "in", decision: decisionOf(seen), name: shortName(seen), at };
}

/** What to do now. */
function helpOf(seen, text, words) {
  if (seen.expected) return seen.expected.map((each) => each.text).join(" · ");
  const own = seen.verdict ? undefined : words.certificateVerdicts[seen.certificate?.verdict]?.detail;
  return seen.certificate?.detail ?? own ?? text.help;
}

function Facts({ rows }) {
  const words = useWords(ANSWER_WORDS);
  if (!rows.length) return null;
  return html`<dl class="facts">
    ${rows.map(
      ([name, value]) => html`<div class="fact-${name}">
        <dt>${words.facts[name]}</dt>
        <dd>${inFact(name, value, words)}</dd>
      </div>`,
    )}
  </dl>`;
}

function inFact(name, value, words) {
  if (name === "plate") return value ?? words.facts.noPlate;
  if (name === "origin") return words.origins[value] ?? value;
  if (name === "decided") return [words.decided[value[0]] ?? value[0], ...value.slice(1).filter(Boolean)].join(", ");
  return value;
}

/** What the policy found, what papers it asks for, and what else staff must know. */
function Findings({ seen, view }) {
  const words = useWords(ANSWER_WORDS);
  const others = [
    seen.restricted && words.restrictedData,
    seen.open_conflicts && words.openConflicts,
    ...(seen.doubts ?? []).map((each) => each.text),
    ...(seen.amendments ?? []).map((each) => words.amended(each.value)),
  ].filter(Boolean);
  if (!view.findings.length && !others.length) return null;
  return html`<ul class="findings">
    ${view.findings.map((each) => html`<li class="level-${each.level}">${each.text}</li>`)}
    ${others.map((each) => html`<li class="level-attention">${each}</li>`)}
  </ul>`;
}

function Certificate({ read, text }) {
  const words = useWords(ANSWER_WORDS);
  if (!read) return null;
  const { vaccination, test, recovery, holder } = read;
  // The device's own verdict has no words.
  const own = words.certificateVerdicts[read.verdict];
  const rows = [
    ["name", holder && [holder.full_name, dayOf(holder.born)].filter(Boolean).join(", ")],
    ["vaccine", vaccination && [words.dose(vaccination.dose, vaccination.of_doses), vaccination.product.name ?? vaccination.product.code, dayOf(vaccination.on)].join(", ")],
    ["test", test && [test.name, words.results[test.result], Date.parse(test.taken_at) ? dateAndTime(test.taken_at) : test.taken_at].filter(Boolean).join(", ")],
    ["recovery", recovery && dayOf(recovery.first_positive)],
    ["issuer", read.issuer],
  ].filter(([, value]) => value);
  return html`<div class="certificate">
    <p><strong>${read.title ?? own?.title ?? words.certificatesKept(1)}</strong> ${text && (read.detail ?? own?.detail)}</p>
    <${Facts} rows=${rows} />
    ${(read.doubts ?? []).map((each) => html`<p class="level-attention"><strong>${each.title}</strong> ${each.detail}</p>`)}
  </div>`;
}

/** The passes of a card's holder, or those that a search found. */
export function Found({ passes, onCheck }) {
  const words = useWords(ANSWER_WORDS);
  if (!passes) return null;
  if (!passes.length) return html`<p class="quiet">${words.foundNone}</p>`;
  return html`<ul class="found" aria-label=${words.foundOf}>
    ${passes.map(
      (each) => html`<li>
        <button type="button" onClick=${() => onCheck(each.code)}>
          <span class="found-name">${each.full_name ?? each.masked_name}</span>
          <span class="found-facts">
            ${[each.born_in, shownPlate(each.plate), words.origins[each.origin]].filter(Boolean).join(" · ")}
          </span>
          <span class="found-verdict verdict-${each.verdict}">${words.verdicts[each.verdict]?.word}</span>
        </button>
      </li>`,
    )}
  </ul>`;
}

function More({ seen, view, onBus, onCheck }) {
  const words = useWords(ANSWER_WORDS);
  const companions = seen.riding_along ?? [];
  if (!view.more.length && !companions.length) return null;
  return html`<details class="more">
    <summary>${words.minorFacts}${companions.length ? ` · ${words.facts.companions}: ${companions.length}` : ""}</summary>
    <${Facts} rows=${view.more} />
    ${companions.length > 0 &&
    html`<${Found} passes=${companions} onCheck=${onCheck} />
      <button type="button" class="wide" onClick=${() => onBus(seen.code)}>${words.bus}</button>`}
  </details>`;
}

/** The answer to a scan, over the whole screen, and the decision about it. */
import { clockTime, dateAndTime, useWords } from "../lib/language.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { record } from "./recording.js";
import { dayOf, decisionOf, shown, shownPlate } from "./seen.js";
import { play } from "./sounds.js";
import { AlreadyCrossed, keyOf } from "./store.js";
import { ANSWER_WORDS } from "./answer_words.js";

/** What a thermometer shows of most people: one tap each. */
const USUAL = ["36.0", "36.2", "36.4", "36.6", "36.8", "37.0", "37.2"];
const LOWEST = 30, HIGHEST = 45;
const PAPERS = ["identity_document", "test_result", "vaccination_certificate", "travel_permit", "vehicle_papers", "other"];
/** Those that one sees without opening more, beside the ones that the policy asks for. */
const FIRST_PAPERS = 3;

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

function Decide({ seen, view, gate, certificates, onRecorded, onScanCertificate }) {
  const words = useWords(ANSWER_WORDS);
  const [temperature, setTemperature] = useState("");
  const [papers, setPapers] = useState([]);
  const [receipt, setReceipt] = useState("");
  const [returned, setReturned] = useState(false);
  const [well, setWell] = useState(null);
  const [plate, setPlate] = useState(seen.facts?.plate ?? "");
  const [asked, ask] = useState(null); // the decision that a reason is asked for
  const [problem, tell] = useState(null);
  const [isBusy, setBusy] = useState(false);

  if (!gate.checkpoint) return html`<p class="notice">${words.notPosted}.</p>`;
  const isOut = gate.direction === "out" || (view.canLeave && !view.records);
  const isPermit = view.records === "permit" || seen.read_as === "permit";
  const degrees = readDegrees(temperature);
  const isWrong = temperature !== "" && degrees === null;
  const hasFever = gate.policy?.fever_from && degrees >= gate.policy.fever_from;

  const send = async (decision, reason) => {
    // A second tap does nothing: neither does it while the answer is awaited.
    if (isBusy || isWrong) return;
    setBusy(true);
    tell(null);
    const form = isPermit
      ? permitForm({ decision, reason, isOut, plate, well })
      : isOut
        ? { direction: "out", ...(returned && { identity_returned: true }) }
        : passForm({ decision, reason, degrees, papers, receipt, certificates });
    const whole = { code: view.code, checkpoint: gate.checkpoint, ...form };
    const line = { kind: isPermit ? "permit" : "crossing", form: whole, by: gate.me.subject, byName: gate.me.name, name: shortName(seen) };
    const direction = isOut ? "out" : "in";
    const minute = isPermit ? `${view.code}#${Math.floor(Date.now() / 60000)}` : view.code;
    const crossed = { key: keyOf(minute, direction), code: view.code, direction, decision: decision ?? "admit", kind: line.kind, by: line.by, name: line.name };
    try {
      const done = await record(line, [crossed]);
      if (done.state !== "refused") return onRecorded({ ...done, decision: isOut ? "out" : decision, name: view.name, crossed });
      tell(done.problem.detail || done.problem.title);
      ask(done.problem.errors.some((each) => each.pointer === "/reason") ? decision : null);
    } catch (error) {
      const { crossed } = error;
      tell(error instanceof AlreadyCrossed ? words.already(words.decided[crossed.decision], clockTime(crossed.at)) : words.cannotKeep);
    }
    setBusy(false);
  };
  const choose = (decision) => {
    const against = view.needsReason || hasFever || (isPermit && (well === false || plateDiffers(plate, seen.facts?.plate)));
    if (decision !== "admit" ? !isPermit : against) ask(decision);
    else send(decision);
  };

  if (asked) {
    return html`<${Reason} decision=${asked} problem=${problem} isBusy=${isBusy} onChoose=${(reason) => send(asked, reason)} onCancel=${() => ask(null)} />`;
  }
  const failure = problem && html`<div class="failure" role="alert"><p>${problem}</p></div>`;
  if (isOut) {
    return html`<div class="decide">
      ${(seen.identity_held || (seen.source === "device" && !isPermit)) &&
      html`<label class="choice"><input type="checkbox" checked=${returned} onChange=${(event) => setReturned(event.target.checked)} /><span>${words.cardReturned}</span></label>`}
      ${failure}
      <div class="decisions"><button type="button" class=${gate.direction === "out" ? "admit" : "alone"} disabled=${isBusy} onClick=${() => send("admit")}>${isBusy ? words.recording : words.letOut}</button></div>
    </div>`;
  }
  const isReady = !isPermit || well !== null;
  const required = seen.papers_required ?? [];
  const first = PAPERS.filter((each, place) => place < FIRST_PAPERS || required.some((paper) => paper.document === each));
  const paper = (each) => {
    const isChosen = papers.includes(each);
    const toggle = () => setPapers(isChosen ? papers.filter((other) => other !== each) : [...papers, each]);
    const isRequired = required.some((other) => other.document === each);
    return html`<${Chip} chosen=${isChosen} isRequired=${isRequired} onClick=${toggle}>${words.papers[each]}<//>`;
  };
  return html`<div class="decide">
    ${isPermit
      ? html`<fieldset class="chips">
            <legend class="unseen">${words.well}</legend>
            ${[[true, words.well], [false, words.notWell]].map(([value, text]) => html`<${Chip} chosen=${well === value} onClick=${() => setWell(value)}>${text}<//>`)}
          </fieldset>
          <div class="field"><label for="plate">${words.seenPlate}</label><input id="plate" value=${plate} autocapitalize="characters" autocomplete="off" onInput=${(event) => setPlate(event.target.value)} /></div>`
      : html`<fieldset class="chips degrees">
            <legend>${words.temperature}</legend>
            ${USUAL.map((each) => html`<${Chip} chosen=${temperature === each} onClick=${() => setTemperature(temperature === each ? "" : each)}>${each.replace(".", ",")}<//>`)}
            <input
              class=${USUAL.includes(temperature) || temperature === "" ? "other-degrees" : "other-degrees chosen"}
              inputmode="decimal"
              maxlength="5"
              autocomplete="off"
              aria-label="${words.temperature}: ${words.otherTemperature}"
              aria-invalid=${isWrong ? "true" : undefined}
              placeholder=${words.otherTemperature}
              value=${USUAL.includes(temperature) ? "" : temperature}
              onInput=${(event) => setTemperature(event.target.value)}
            />
          </fieldset>
          ${isWrong && html`<p class="error" role="alert">${words.temperatureWrong}</p>`}
          <fieldset class="chips papers">
            <legend>${words.documents}</legend>
            ${first.map(paper)}
          </fieldset>`}
    ${failure}
    <div class="decisions">
      ${view.mayAdmit && html`<button type="button" class="admit" disabled=${isBusy || !isReady} onClick=${() => choose("admit")}>${isBusy ? words.recording : words.admit}</button>`}
      <button type="button" class="refuse" disabled=${isBusy || !isReady} onClick=${() => choose("refuse")}>${words.refuse}</button>
      ${!isPermit && html`<button type="button" class="isolate" disabled=${isBusy} onClick=${() => choose("isolate")}>${words.isolate}</button>`}
    </div>
    ${!isPermit &&
    html`${required.length > 0 && html`<ul class="findings">${required.map((each) => html`<li><strong>${words.mustSee}:</strong> ${each.text}</li>`)}</ul>`}
    <details class="more">
      <summary>${words.otherPapers}</summary>
      <fieldset class="chips papers">
        <legend class="unseen">${words.documents}</legend>
        ${PAPERS.filter((each) => !first.includes(each)).map(paper)}
      </fieldset>
      ${onScanCertificate && html`<button type="button" class="wide" onClick=${onScanCertificate}>${words.scanCertificate}</button>`}
      <div class="field"><label for="receipt">${words.holdCard}</label><input id="receipt" maxlength="20" autocomplete="off" value=${receipt} onInput=${(event) => setReceipt(event.target.value)} /></div>
    </details>`}
  </div>`;
}

function Chip({ chosen, isRequired, onClick, children }) {
  return html`<button type="button" class=${isRequired ? "chip required" : "chip"} aria-pressed=${chosen} onClick=${onClick}>${children}</button>`;
}

/** Why: one tap for what is usual. */
function Reason({ decision, problem, isBusy, onChoose, onCancel }) {
  const words = useWords(ANSWER_WORDS);
  const [own, setOwn] = useState("");
  const title = useRef(null);
  useEffect(() => title.current?.focus(), []);
  return html`<div class="reasons" role="group" aria-labelledby="why">
    <h2 id="why" tabindex="-1" ref=${title}>${words.why[decision]}</h2>
    ${problem && html`<div class="failure" role="alert"><p>${problem}</p></div>`}
    ${words.reasons[decision].map(
      (each) => html`<button type="button" class="wide" disabled=${isBusy} onClick=${() => onChoose(each)}>${each}</button>`,
    )}
    <form
      class="own-reason"
      onSubmit=${(event) => {
        event.preventDefault();
        if (own.trim()) onChoose(own.trim());
      }}
    >
      <div class="field"><label for="reason">${words.otherReason}</label><input id="reason" maxlength="300" autocomplete="off" value=${own} onInput=${(event) => setOwn(event.target.value)} /></div>
      <button class="primary" disabled=${isBusy || !own.trim()}>${words.record}</button>
    </form>
    <button type="button" class="back" onClick=${onCancel}>${words.back}</button>
  </div>`;
}

function passForm({ decision, reason, degrees, papers, receipt, certificates }) {
  const form = { decision };
  if (degrees !== null) form.temperature = degrees;
  if (papers.length) form.documents_seen = papers;
  if (reason) form.reason = reason;
  if (decision === "admit" && receipt.trim()) form.identity_held = { receipt: receipt.trim() };
  if (certificates.length) form.certificates = certificates.map((each) => each.text);
  return form;
}

function permitForm({ decision, reason, isOut, plate, well }) {
  const form = { decision: decision ?? "admit", direction: isOut ? "out" : "in" };
  if (plate.trim()) form.plate_seen = plate.trim();
  if (!isOut) form.well = well;
  if (reason) form.reason = reason;
  return form;
}

function plateDiffers(one, other) {
  const plain = (each) => (each ?? "").toUpperCase().replace(/[^0-9A-Z]/g, "");
  return plain(one) !== plain(other);
}

/** What is kept on the device of a name: initials and the last word, as the QR has it. */
export function shortName(seen) {
  const masked = seen.papers?.masked_name ?? seen.facts?.masked_name;
  if (masked) return masked;
  const parts = (seen.person?.full_name ?? "").trim().split(/\s+/);
  return [parts.slice(0, -1).map((each) => each[0]).join(""), parts.at(-1)].filter(Boolean).join(" ");
}

/** °C as typed: `36,6`, `36.6` or `366`; null for what cannot be. */
export function readDegrees(text) {
  const plain = text.trim().replace(",", ".");
  const degrees = /^\d{3}$/.test(plain) ? Number(plain) / 10 : Number(plain || NaN);
  return degrees >= LOWEST && degrees <= HIGHEST ? Math.round(degrees * 10) / 10 : null;
}

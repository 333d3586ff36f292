/** The decision about a scan: temperature, papers, reason. */
import { clockTime, useWords } from "../lib/language.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { ANSWER_WORDS } from "./answer_words.js";
import { record } from "./recording.js";
import { shortName } from "./seen.js";
import { AlreadyCrossed, keyOf } from "./store.js";

/** What a thermometer shows of most people: one tap each. */
const USUAL = ["36.0", "36.2", "36.4", "36.6", "36.8", "37.0", "37.2"];
const LOWEST = 30, HIGHEST = 45;
const PAPERS = ["identity_document", "test_result", "vaccination_certificate", "travel_permit", "vehicle_papers", "other"];
/** Those that one sees without opening more, beside the ones that the policy asks for. */
const FIRST_PAPERS = 3;

/**
 * @param {{seen: object, view: object, gate: object, certificates: object[], onRecorded: (done: object) => void,
 *   onScanCertificate?: () => void}} props `view`: what `shown` makes of `seen`.
 */
export function Decide({ seen, view, gate, certificates, onRecorded, onScanCertificate }) {
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

/** °C as typed: `36,6`, `36.6` or `366`; null for what cannot be. */
export function readDegrees(text) {
  const plain = text.trim().replace(",", ".");
  const degrees = /^\d{3}$/.test(plain) ? Number(plain) / 10 : Number(plain || NaN);
  return degrees >= LOWEST && degrees <= HIGHEST ? Math.round(degrees * 10) / 10 : null;
}

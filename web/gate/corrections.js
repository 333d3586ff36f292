/** What this guard recorded on this device lately, and the correction of what was recorded wrongly. */
import { clockTime, useWords } from "../lib/language.js";
import { Back, Field, Loading } from "../lib/parts.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { CORRECTION_WORDS } from "./correction_words.js";
import { record } from "./recording.js";
import { lastCrossed } from "./store.js";
import { readDegrees } from "./decisions.js";

const MOST = 30;
const DECISIONS = ["admit", "refuse", "isolate"];

/** @param {{me: object, changed: any, onCorrect: (crossed: object) => void, onCheck: (code: string) => void}} props */
export function Last({ me, changed, onCorrect, onCheck, onBack }) {
  const words = useWords(CORRECTION_WORDS);
  const [found, setFound] = useState(null);
  useEffect(() => {
    lastCrossed(me.subject).then((all) => setFound(all.slice(0, MOST)));
  }, [changed]);
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.lastTitle}</h1>
    ${!found && html`<${Loading} />`}
    ${found && html`<p class="quiet">${found.length ? words.lastLead : words.lastNone}</p>`}
    <ul class="rows last-crossings">
      ${(found ?? []).map(
        (each) => html`<li>
          <button type="button" class="plain last-person" onClick=${() => onCheck(each.code)}>${each.name || each.code}</button>
          <span>${clockTime(each.at)} · ${each.direction === "out" ? words.letOut : words.decided[each.decision]}</span>
          ${each.direction !== "out" && html`<button type="button" aria-label="${words.correct}: ${each.name || each.code}" onClick=${() => onCorrect(each)}>${words.correct}</button>`}
        </li>`,
      )}
    </ul>
  </main>`;
}

/**
 * @param {{crossed: {key: string, code: string, kind: string, decision: string, direction: string, name: string,
 *   at?: number, crossedAt?: string}, me: object, onBack: () => void, onRecorded: (done: object) => void}} props
 *   `crossed`: what was decided, as the device knows it.
 */
export function Correct({ crossed, me, onBack, onRecorded }) {
  const words = useWords(CORRECTION_WORDS);
  const [decision, choose] = useState(null);
  const [temperature, setTemperature] = useState("");
  const [reason, setReason] = useState("");
  const [problem, tell] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const heading = useRef(null);
  useEffect(() => heading.current?.focus(), [decision]);
  const isPermit = crossed.kind === "permit";
  const degrees = readDegrees(temperature);
  const isWrong = temperature !== "" && degrees === null;

  const send = async (why) => {
    if (isBusy || isWrong) return;
    setBusy(true);
    tell(null);
    const form = { code: crossed.code, decision, reason: why };
    if (isPermit) Object.assign(form, { direction: crossed.direction, crossed_at: crossed.crossedAt });
    else if (degrees !== null) form.temperature = degrees;
    const kind = isPermit ? "permitCorrection" : "correction";
    const line = { kind, form, by: me.subject, byName: me.name, name: crossed.name, before: crossed.decision };
    try {
      const done = await record(line, [{ ...crossed, by: me.subject, decision, before: crossed.decision }]);
      if (done.state !== "refused") return onRecorded({ ...done, decision, name: crossed.name || crossed.code, isCorrection: true });
      tell(done.problem.detail || done.problem.title || words.notHere);
    } catch {
      tell(words.cannotKeep);
    }
    setBusy(false);
  };
  return html`<main class="correct">
    <${Back} onClick=${onBack} />
    <h1>${words.title}</h1>
    <p><strong>${crossed.name || crossed.code}</strong><br />${words.was(words.decided[crossed.decision], clockTime(crossed.at ?? Date.now()))}</p>
    ${problem && html`<div class="failure" role="alert"><p>${problem}</p></div>`}
    ${isPermit && !crossed.crossedAt
      ? html`<p class="notice">${words.notSent}</p>`
      : decision
        ? html`<h2 tabindex="-1" ref=${heading}>${words[decision]}. ${words.why}</h2>
            ${words.whys.map((each) => html`<button type="button" class="wide" disabled=${isBusy} onClick=${() => send(each)}>${each}</button>`)}
            <form onSubmit=${(event) => (event.preventDefault(), reason.trim() && send(reason.trim()))}>
              <${Field} name="reason" label=${words.other} value=${reason} onInput=${setReason} maxlength="300" autocomplete="off" />
              <button class="primary wide" disabled=${isBusy || !reason.trim()}>${isBusy ? words.recording : words.send}</button>
            </form>
            <button type="button" class="plain" onClick=${() => choose(null)}>${words.back}</button>`
        : html`<p class="quiet">${words.lead}</p>
            ${!isPermit && html`<${Field} name="temperature" label=${words.temperatureAgain} error=${isWrong ? words.temperatureWrong : ""} value=${temperature} onInput=${setTemperature} inputmode="decimal" maxlength="5" autocomplete="off" />`}
            <h2 tabindex="-1" ref=${heading}>${words.what}</h2>
            <div class="decisions">${DECISIONS.map((each) => html`<button type="button" class=${each} disabled=${isWrong} onClick=${() => choose(each)}>${words[each]}</button>`)}</div>`}
  </main>`;
}

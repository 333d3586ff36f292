/**
 * Everyone of a vehicle, or of one declaration: what holds for all, and the exceptions.
 *
 * With network the API has the list. Without it, staff scan the passes one after the other; what they decide is kept on
 * the device, a line for each person, and sent later.
 */
import { Problem } from "../lib/api.js";
import { clockTime, useWords } from "../lib/language.js";
import { Back, Failure, Field, Loading } from "../lib/parts.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { asked } from "./asking.js";
import { BUS_WORDS } from "./bus_words.js";
import { byDevice, check, hasNetwork } from "./checking.js";
import { readDegrees } from "./decisions.js";
import { recordGroup } from "./recording.js";
import { shortName, shown, shownPlate } from "./seen.js";
import { allowSounds, play } from "./sounds.js";
import { AlreadyCrossed, crossedHere, keyOf } from "./store.js";

/** Passes of one request. */
const LARGEST_GROUP = 100;

export function Bus({ gate, code, onCheck, onBack, onRecorded }) {
  const words = useWords(BUS_WORDS);
  const [text, setText] = useState("");
  const [list, setList] = useState(null);
  const [chosen, setChosen] = useState({}); // by code: {decision, reason} or {absent: true}
  const [open, setOpen] = useState(null);
  const [temperature, setTemperature] = useState("");
  const [state, tell] = useState({});
  const isOut = gate.direction === "out";

  const load = async (query) => {
    tell({ isBusy: true });
    try {
      const page = (more) => asked("GET", `/v1/checkpoint/manifest?${new URLSearchParams({ ...query, ...more })}`);
      const all = await page();
      for (let next = all; !next.complete; ) {
        next = await page({ cursor: next.cursor });
        all.passes.push(...next.passes);
        for (const name of Object.keys(all.counts)) all.counts[name] += next.counts[name];
      }
      // What this device has decided and not sent yet.
      const here = await Promise.all(all.passes.map((each) => crossedHere(each.code, gate.direction)));
      setList({ ...all, passes: all.passes.map((each, place) => (here[place] ? done(each) : each)) });
      tell({});
    } catch (error) {
      tell({ error });
    }
  };
  useEffect(() => {
    if (code) load({ code });
  }, []);
  const submit = (event) => {
    event.preventDefault();
    const plain = text.trim();
    // A plate begins with two digits and a letter; what else people type is the number of a service.
    if (plain) load(/^\d\d\s*-?\s*[A-Za-zĐđ]/.test(plain) ? { plate: plain } : { service_number: plain });
  };
  const scanOne = () => {
    allowSounds();
    tell({});
    setList({ passes: [], isScanned: true });
  };
  const done = (each) => ({ ...each, isDone: true, verdict: isOut ? each.verdict : "used" });
  const isPossible = (each) => !each.isDone && (isOut || ["valid", "unchecked"].includes(each.verdict));
  const going = (list?.passes ?? []).filter((each) => isPossible(each) && !chosen[each.code]?.absent);
  const exceptions = going.filter((each) => chosen[each.code]);
  const degrees = readDegrees(temperature);
  const isWrong = temperature !== "" && degrees === null;

  const send = async () => {
    if (state.isBusy || isWrong) return;
    const unsure = going.find((each) => each.finding_level === "stop" && !chosen[each.code]);
    if (!isOut && unsure) return tell({ text: words.busNeedsReason(unsure.full_name) });
    // Anyone can print a QR of a code that is made up. Such a person goes with the others by a tap of their own alone.
    const unchecked = going.find((each) => each.verdict === "unchecked" && !chosen[each.code]);
    if (!isOut && unchecked) return tell({ text: words.busUnchecked(unchecked.full_name) });
    if (!isOut && gate.policy?.fever_from && degrees >= gate.policy.fever_from) return tell({ text: words.busFever });
    tell({ isBusy: true });
    const seen = isOut ? { direction: "out" } : { decision: "admit", ...(degrees !== null && { temperature: degrees }) };
    const vehicle = shownPlate(going.find((each) => each.plate)?.plate) || text.trim();
    let isKept = false;
    // All people of one request are recorded, or none.
    for (let at = 0; at < going.length; at += LARGEST_GROUP) {
      const group = going.slice(at, at + LARGEST_GROUP);
      const part = await recordPart(group, seen, vehicle).catch((error) => ({ state: "refused", problem: error }));
      if (part.state === "refused") return tell(refusal(part.problem));
      isKept ||= part.state === "kept";
      const codes = new Set(group.map((each) => each.code));
      setList((former) => ({ ...former, passes: former.passes.map((each) => (codes.has(each.code) ? done(each) : each)) }));
    }
    onRecorded({ state: isKept ? "kept" : "recorded", decision: isOut ? "out" : "admit", name: words.busRecorded(going.length) });
  };
  const recordPart = (group, seen, vehicle) => {
    const { me, checkpoint, direction } = gate;
    const id = crypto.randomUUID();
    const own = (each) => (isOut ? undefined : chosen[each.code]);
    const about = (each) => ({ by: me.subject, name: shortName({ person: each, papers: each }) });
    const decisions = group.map((each) => ({
      ...about(each), kind: "crossing", form: { code: each.code, checkpoint, ...(own(each) ?? seen) }, byName: me.name, group: id, vehicle,
    }));
    const crossed = group.map((each) => ({
      ...about(each), key: keyOf(each.code, direction), code: each.code, kind: "crossing", direction, decision: own(each)?.decision ?? "admit",
    }));
    const others = group.filter(own).map((each) => ({ code: each.code, ...own(each) }));
    return recordGroup(decisions, crossed, { codes: group.map((each) => each.code), checkpoint, exceptions: others, ...seen });
  };
  const refusal = (error) => {
    if (error instanceof Problem) return { error, refused: error.content.lines };
    const { crossed } = error;
    return { text: error instanceof AlreadyCrossed ? `${crossed.name ?? crossed.code}: ${words.already(words.decided[crossed.decision], clockTime(crossed.at))}` : words.cannotKeep };
  };
  const person = (each) => {
    const own = chosen[each.code];
    const isStopped = each.finding_level === "stop" && each.verdict === "valid";
    const mark = own?.absent ? words.absent : own ? words.decided[own.decision] : words.verdicts[isStopped ? "stop" : each.verdict]?.word;
    const found = each.finding_level === "stop" ? each.findings.map((one) => one.text).join(" ") : "";
    return html`<li class=${isPossible(each) ? "" : "not-possible"}>
      <button type="button" aria-expanded=${open === each.code} onClick=${() => setOpen(open === each.code ? null : each.code)}>
        <span class="found-name">${each.full_name ?? each.masked_name ?? each.code}</span>
        <span class="found-facts">${[each.born_in, found].filter(Boolean).join(" · ")}</span>
        <span class="found-verdict ${own ? "decided" : `verdict-${isStopped ? "stop" : each.verdict}`}">${mark}</span>
      </button>
      ${open === each.code && html`<${Exception} words=${words} isOut=${isOut} isPossible=${isPossible(each)} isUnchecked=${each.verdict === "unchecked"} onCheck=${list.isScanned ? null : () => onCheck(each.code)} onChoose=${(value) => {
        setChosen({ ...chosen, [each.code]: value });
        setOpen(null);
      }} />`}
    </li>`;
  };
  const add = (pass) =>
    setList((former) => {
      const isThere = former.passes.some((each) => each.code === pass.code);
      return isThere ? former : { ...former, passes: [...former.passes, pass] };
    });
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.busTitle}</h1>
    ${!list &&
    html`<form onSubmit=${submit} novalidate>
        <${Field} name="bus" label=${words.busBy} hint=${words.busHint} value=${text} onInput=${setText} autocomplete="off" maxlength="20" />
        <button class="primary wide" disabled=${state.isBusy}>${words.busShow}</button>
      </form>
      <p class="quiet">${words.busScanHow}</p>
      <button type="button" class="wide" onClick=${scanOne}>${words.busScan}</button>`}
    ${state.isBusy && html`<${Loading} />`}
    ${list?.isScanned && html`<${Scanner} words=${words} gate=${gate} count=${list.passes.length} onAdd=${add} />`}
    ${list &&
    html`${!list.isScanned && html`<p><strong>${words.busCounts(list.counts)}</strong></p>`}
      ${list.passes.length > 0 && html`<p class="quiet">${words.busExceptions}</p>`}
      ${(list.bus?.seats ?? []).filter((each) => !each.confirmed).map((each) => html`<p class="notice">${each.seat}: ${each.full_name}, ${each.born_in} · ${words.busUnconfirmed}</p>`)}
      <ul class="found">${list.passes.map(person)}</ul>
      ${!isOut && list.passes.length > 0 && html`<${Field} name="everyone" label="${words.everyone}: ${words.temperature}" error=${isWrong ? words.temperatureWrong : ""} value=${temperature} onInput=${setTemperature} inputmode="decimal" maxlength="5" autocomplete="off" />`}`}
    ${state.text ? html`<div class="failure" role="alert"><p>${state.text}</p></div>` : html`<${Failure} error=${state.error} />`}
    ${state.refused &&
    html`<p>${words.busRefused}</p>
      <ul>
        ${state.refused.map((each) => html`<li>${list.passes.find((one) => one.code === each.code)?.full_name ?? each.code}: ${each.problem.detail}</li>`)}
      </ul>`}
    ${list && gate.checkpoint && going.length > 0 && html`<div class="decide"><div class="decisions"><button type="button" class="admit" disabled=${state.isBusy} onClick=${send}>${isOut ? words.busOut(going.length) : words.busAdmit(going.length - exceptions.filter((each) => chosen[each.code].decision !== "admit").length)}</button></div></div>`}
  </main>`;
}

/** Scans the passes of a vehicle, one after the other. */
function Scanner({ words, gate, count, onAdd }) {
  const [camera, setCamera] = useState(null);
  const [message, show] = useState("");
  const isChecking = useRef(false);
  useEffect(() => {
    import("../lib/camera.js").then(setCamera, () => {});
  }, []);
  const read = async (text) => {
    if (isChecking.current) return;
    isChecking.current = true;
    try {
      const seen = await (hasNetwork() ? check(text) : byDevice(text));
      const view = shown(seen, gate);
      const isPass = view.code && ["token", "code"].includes(seen.read_as) && !["forged", "unknown"].includes(seen.verdict);
      play(isPass ? view.tone : "stop");
      if (isPass) onAdd(inList(seen, view));
      show(isPass ? words.busAdded(view.name) : `${words.verdicts[view.verdict]?.word ?? ""}. ${words.busNotAPass}`);
    } finally {
      isChecking.current = false;
    }
  };
  return html`<div class="bus-camera">
    ${camera && html`<${camera.Camera} onText=${read} />`}
    <p role="status"><strong>${words.busScanned(count)}</strong> ${message}</p>
  </div>`;
}

/** What was scanned, as the API lists it. */
function inList(seen, view) {
  const { person, papers, trip } = seen;
  return {
    code: view.code,
    text: seen.text,
    full_name: view.name,
    masked_name: papers?.masked_name,
    born_in: person?.born_in ?? papers?.birth_year,
    plate: trip ? trip.transport.plate : papers?.plate,
    verdict: seen.verdict,
    finding_level: view.verdict === "stop" ? "stop" : undefined,
    findings: view.findings,
  };
}

function Exception({ words, isOut, isPossible, isUnchecked, onChoose, onCheck }) {
  const [decision, setDecision] = useState(null);
  if (decision) {
    return html`<div class="exception">
      <p>${words.why[decision]}</p>
      ${words.reasons[decision].map((reason) => html`<button type="button" class="wide" onClick=${() => onChoose({ decision, reason })}>${reason}</button>`)}
    </div>`;
  }
  return html`<div class="exception">
    ${isPossible && !isOut && ["isolate", "refuse", "admit"].map((each) => html`<button type="button" class="wide" onClick=${() => (each === "admit" && isUnchecked ? onChoose({ decision: each }) : setDecision(each))}>${each === "admit" ? words.why.admit : words[each]}</button>`)}
    ${isPossible && html`<button type="button" class="wide" onClick=${() => onChoose({ absent: true })}>${words.notOnBus}</button>`}
    ${onCheck && html`<button type="button" class="wide" onClick=${onCheck}>${words.check}</button>`}
    <button type="button" class="plain" onClick=${() => onChoose(undefined)}>${words.everyone}</button>
  </div>`;
}

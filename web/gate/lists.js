/** What is not a scan: a typed code, a search, a whole vehicle, visitors, what waits to be sent. */
import { clockTime, useWords } from "../lib/language.js";
import { Back, Choices, Failure, Field, Loading } from "../lib/parts.js";
import { askAsStaff } from "../lib/session.js";
import { html, useEffect, useState } from "../lib/view.js";
import { noteNetwork } from "./checking.js";
import { shownPlate } from "./seen.js";
import { dismissOutcome, keyOf, lines, outcomes, rememberCrossed, sent } from "./store.js";
import { typedCode } from "./tokens.js";
import { Found, readDegrees } from "./verdict.js";
import { LIST_WORDS } from "./list_words.js";

/** Passes of one request. */
const LARGEST_GROUP = 100;

async function asked(method, path, body) {
  try {
    const answer = await askAsStaff(method, path, { body });
    noteNetwork();
    return answer.body;
  } catch (error) {
    noteNetwork(error);
    throw error;
  }
}

export function TypeCode({ onCheck, onBack }) {
  const words = useWords(LIST_WORDS);
  const [text, setText] = useState("");
  const [isWrong, setWrong] = useState(false);
  const submit = (event) => {
    event.preventDefault();
    if (typedCode(text) === null) return setWrong(true);
    return onCheck(text);
  };
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.typeCode}</h1>
    <form onSubmit=${submit} novalidate>
      <${Field}
        name="code"
        label=${words.codeLabel}
        hint=${words.codeHint}
        error=${isWrong ? words.codeMistyped : ""}
        value=${text}
        onInput=${(value) => (setText(value), setWrong(false))}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck=${false}
        maxlength="40"
        class="code-input"
        autofocus
      />
      <button class="primary wide">${words.check}</button>
    </form>
  </main>`;
}

export function Search({ onCheck, onBack }) {
  const words = useWords(LIST_WORDS);
  const [by, setBy] = useState("plate");
  const [text, setText] = useState("");
  const [found, setFound] = useState(null);
  const [state, tell] = useState({});
  const labels = { plate: words.byPlate, phone: words.byPhone, identity: words.byIdentity };
  const find = async (cursor) => {
    tell({ isBusy: true });
    const sought = by === "identity" ? { identity: { number: text.trim() } } : { [by]: text.trim() };
    try {
      const answer = await asked("POST", "/v1/checkpoint/search", { ...sought, ...(cursor && { cursor }) });
      setFound({ ...answer, passes: [...(cursor ? found.passes : []), ...answer.passes] });
      tell({});
    } catch (error) {
      tell({ error });
    }
  };
  const submit = (event) => {
    event.preventDefault();
    setFound(null);
    if (text.trim()) find();
  };
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.searchTitle}</h1>
    <form onSubmit=${submit} novalidate>
      <${Choices} name="by" legend=${words.by} value=${by} onChange=${setBy} options=${Object.entries(labels).map(([value, name]) => ({ value, text: name }))} />
      <${Field} name="sought" label=${labels[by]} value=${text} onInput=${setText} autocomplete="off" maxlength="20" inputmode=${by === "phone" ? "tel" : undefined} />
      <button class="primary wide" disabled=${state.isBusy}>${words.find}</button>
    </form>
    <${Failure} error=${state.error} retry=${() => find()} />
    ${state.isBusy && html`<${Loading} />`}
    ${found && html`<${Found} passes=${found.passes} onCheck=${onCheck} />`}
    ${found && !found.complete && html`<button type="button" class="wide" onClick=${() => find(found.cursor)}>${words.more}</button>`}
  </main>`;
}

/** Everyone of a vehicle, or of one declaration: what holds for all, and the exceptions. */
export function Bus({ gate, code, onCheck, onBack, onRecorded }) {
  const words = useWords(LIST_WORDS);
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
      setList(all);
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
  const isPossible = (each) => isOut || each.verdict === "valid";
  const going = (list?.passes ?? []).filter((each) => isPossible(each) && !chosen[each.code]?.absent);
  const exceptions = going.filter((each) => chosen[each.code]);
  const send = async () => {
    const degrees = readDegrees(temperature);
    tell({ isBusy: true });
    const seen = isOut ? { direction: "out" } : { decision: "admit", ...(degrees !== null && { temperature: degrees }) };
    try {
      // Those of one request are recorded, or nobody of them. Sent again, the first ones get their first answer.
      for (let at = 0; at < going.length; at += LARGEST_GROUP) {
        const group = going.slice(at, at + LARGEST_GROUP);
        const others = isOut ? [] : group.filter((each) => chosen[each.code]);
        await asked("POST", "/v1/checkpoint/crossings/group", {
          codes: group.map((each) => each.code),
          checkpoint: gate.checkpoint,
          exceptions: others.map((each) => ({ code: each.code, ...chosen[each.code] })),
          ...seen,
        });
        await rememberCrossed(
          group.map(({ code }) => ({ key: keyOf(code, seen.direction), decision: chosen[code]?.decision ?? "admit" })),
        );
      }
      onRecorded({ state: "recorded", decision: isOut ? "out" : "admit", name: words.busRecorded(going.length) });
    } catch (error) {
      tell({ error, refused: error.content?.lines });
    }
  };
  const person = (each) => {
    const own = chosen[each.code];
    const mark = own?.absent ? words.absent : own ? words.decided[own.decision] : words.verdicts[each.verdict]?.word;
    const isStopped = each.finding_level === "stop";
    return html`<li class=${isPossible(each) ? "" : "not-possible"}>
      <button type="button" aria-expanded=${open === each.code} onClick=${() => setOpen(open === each.code ? null : each.code)}>
        <span class="found-name">${each.full_name}</span>
        <span class="found-facts">${each.born_in}${isStopped ? ` · ${each.findings.map((one) => one.text).join(" ")}` : ""}</span>
        <span class="found-verdict ${own ? "decided" : `verdict-${isStopped && each.verdict === "valid" ? "stop" : each.verdict}`}">${own || !isStopped || each.verdict !== "valid" ? mark : words.verdicts.stop.word}</span>
      </button>
      ${open === each.code && html`<${Exception} words=${words} isOut=${isOut} isPossible=${isPossible(each)} onCheck=${() => onCheck(each.code)} onChoose=${(value) => {
        setChosen({ ...chosen, [each.code]: value });
        setOpen(null);
      }} />`}
    </li>`;
  };
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.busTitle}</h1>
    ${!list &&
    html`<form onSubmit=${submit} novalidate>
      <${Field} name="bus" label=${words.busBy} hint=${words.busHint} value=${text} onInput=${setText} autocomplete="off" maxlength="20" />
      <button class="primary wide" disabled=${state.isBusy}>${words.busShow}</button>
    </form>`}
    ${state.isBusy && html`<${Loading} />`}
    ${list &&
    html`<p><strong>${words.busCounts(list.counts)}</strong></p>
      <p class="quiet">${words.busExceptions}</p>
      ${(list.bus?.seats ?? []).filter((each) => !each.confirmed).map((each) => html`<p class="notice">${each.seat}: ${each.full_name}, ${each.born_in} · ${words.busUnconfirmed}</p>`)}
      <ul class="found">${list.passes.map(person)}</ul>
      ${!isOut && html`<${Field} name="everyone" label="${words.everyone}: ${words.temperature}" value=${temperature} onInput=${setTemperature} inputmode="decimal" maxlength="5" autocomplete="off" />`}`}
    <${Failure} error=${state.error} />
    ${state.refused &&
    html`<p>${words.busRefused}</p>
      <ul>
        ${state.refused.map((each) => html`<li>${list.passes.find((one) => one.code === each.code)?.full_name ?? each.code}: ${each.problem.detail}</li>`)}
      </ul>`}
    ${list && gate.checkpoint && going.length > 0 && html`<div class="decide"><div class="decisions"><button type="button" class="admit" disabled=${state.isBusy} onClick=${send}>${isOut ? words.busOut(going.length) : words.busAdmit(going.length - exceptions.filter((each) => chosen[each.code].decision !== "admit").length)}</button></div></div>`}
  </main>`;
}

function Exception({ words, isOut, isPossible, onChoose, onCheck }) {
  const [decision, setDecision] = useState(null);
  if (decision) {
    return html`<div class="exception">
      <p>${words.why[decision]}</p>
      ${words.reasons[decision].map((reason) => html`<button type="button" class="wide" onClick=${() => onChoose({ decision, reason })}>${reason}</button>`)}
    </div>`;
  }
  return html`<div class="exception">
    ${isPossible && !isOut && ["isolate", "refuse", "admit"].map((each) => html`<button type="button" class="wide" onClick=${() => setDecision(each)}>${each === "admit" ? words.why.admit : words[each]}</button>`)}
    ${isPossible && html`<button type="button" class="wide" onClick=${() => onChoose({ absent: true })}>${words.notOnBus}</button>`}
    <button type="button" class="wide" onClick=${onCheck}>${words.check}</button>
    <button type="button" class="plain" onClick=${() => onChoose(undefined)}>${words.everyone}</button>
  </div>`;
}

/** Visitors of today who must still come to a gate. */
export function Visitors({ gate, onCheck, onBack }) {
  const words = useWords(LIST_WORDS);
  const [found, setFound] = useState(null);
  const [error, tell] = useState(null);
  const load = () => {
    tell(null);
    asked("GET", `/v1/checkpoint/visitors?checkpoint=${gate.checkpoint}&limit=200`).then((answer) => setFound(answer.visitors), tell);
  };
  useEffect(load, []);
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.visitorsTitle}</h1>
    <${Failure} error=${error} retry=${load} />
    ${!found && !error && html`<${Loading} />`}
    ${found?.length === 0 && html`<p>${words.visitorsNone}</p>`}
    <ul class="found">
      ${(found ?? []).map(
        (each) => html`<li>
          <button type="button" onClick=${() => onCheck(each.code)}>
            <span class="found-name">${each.full_name}</span>
            <span class="found-facts">
              ${[shownPlate(each.plate), words.enteredAt(clockTime(each.entered_at)), each.identity_held && words.heldCard(each.identity_held.receipt)].filter(Boolean).join(" · ")}
            </span>
          </button>
        </li>`,
      )}
    </ul>
  </main>`;
}

/** What is on this device and nowhere else, and what the server said of what was sent. */
export function Waiting({ me, isPersistent, onSend, onSeen, onBack, changed }) {
  const words = useWords(LIST_WORDS);
  const [held, setHeld] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const load = async () => setHeld({ lines: await lines(), outcomes: await outcomes() });
  useEffect(() => {
    load();
  }, [changed]);
  const send = async () => {
    setBusy(true);
    await onSend();
    await load();
    setBusy(false);
  };
  const dismiss = async (action) => {
    await action;
    await load();
    await onSeen();
  };
  if (!held) return html`<main><${Loading} /></main>`;
  const waits = held.lines.filter((each) => !each.problem);
  const refused = held.lines.filter((each) => each.problem);
  const about = (each) => {
    const decision = each.form.direction === "out" ? words.letOut : words.decided[each.form.decision];
    return `${clockTime(each.at)} · ${each.name || each.form.code || ""} · ${decision ?? words.declare}`;
  };
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.waitingTitle}</h1>
    ${waits.length ? html`<p>${words.waitingLead}</p>` : html`<p>${words.nothingWaits}</p>`}
    <ul class="rows">
      ${waits.map((each) => html`<li>${about(each)}${each.by !== me.subject ? html`<br /><span class="quiet">${words.ofOthers(each.byName ?? each.by)}</span>` : ""}</li>`)}
    </ul>
    ${waits.length > 0 && html`<button type="button" class="primary wide" disabled=${isBusy} onClick=${send}>${words.sendNow}</button>`}
    ${waits.length > 0 && !isPersistent && html`<p class="notice">${words.notPersistent}</p>`}
    ${refused.length > 0 &&
    html`<h2>${words.refusedTitle}</h2>
      <ul class="rows">
        ${refused.map((each) => html`<li><strong>${about(each)}</strong><br />${each.problem.detail}<br /><button type="button" onClick=${() => dismiss(sent(each.number))}>${words.seen}</button></li>`)}
      </ul>`}
    <${Outcomes} title=${words.conflictsTitle} lead=${words.conflictsLead} rows=${held.outcomes.filter((each) => each.kind !== "declared")} onSeen=${(each) => dismiss(dismissOutcome(each.number))} />
    <${Outcomes} title=${words.declaredTitle} lead=${words.declaredLead} rows=${held.outcomes.filter((each) => each.kind === "declared")} onSeen=${(each) => dismiss(dismissOutcome(each.number))} />
  </main>`;
}

function Outcomes({ title, lead, rows, onSeen }) {
  const words = useWords(LIST_WORDS);
  if (!rows.length) return null;
  return html`<h2>${title}</h2>
    <p>${lead}</p>
    <ul class="rows">
      ${rows.map(
        (each) => html`<li>
          <strong>${[clockTime(each.at), each.paper, each.name].filter(Boolean).join(" · ")}</strong>
          ${each.code && html`<br /><code>${each.code}</code>`}
          ${each.kind !== "declared" && html`<br />${words.conflicts[each.kind] ?? each.kind}`}
          <br /><button type="button" onClick=${() => onSeen(each)}>${words.seen}</button>
        </li>`,
      )}
    </ul>`;
}

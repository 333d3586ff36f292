/** What is not a scan: a typed code, a search, visitors, what waits to be sent. */
import { clockTime, useWords } from "../lib/language.js";
import { Back, Choices, Failure, Field, Loading } from "../lib/parts.js";
import { html, useEffect, useState } from "../lib/view.js";
import { asked } from "./asking.js";
import { shownPlate } from "./seen.js";
import { dismissOutcome, lines, outcomes, sent } from "./store.js";
import { typedCode } from "./tokens.js";
import { Found } from "./verdict.js";
import { LIST_WORDS } from "./list_words.js";

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

/** What is on this device and nowhere else, and the server's answers to what was sent. */
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
  const decided = ({ kind, form }) => {
    if (kind === "arrival") return words.arrive;
    const decision = form.direction === "out" ? words.letOut : words.decided[form.decision];
    return form.decision && kind.endsWith("orrection") ? words.correctedTo(decision) : (decision ?? words.declare);
  };
  const about = (each) => `${clockTime(each.at)} · ${each.name || each.form.code || ""} · ${decided(each)}`;
  const groups = new Map(waits.map((each) => [each.group ?? each.number, waits.filter((other) => other === each || (each.group && other.group === each.group))]));
  const row = (all) => {
    const [first] = all;
    const of = first.by !== me.subject && html`<br /><span class="quiet">${words.ofOthers(first.byName ?? first.by)}</span>`;
    if (!first.group) return html`<li>${about(first)}${of}</li>`;
    return html`<li>
      <strong>${clockTime(first.at)} · ${words.vehicle(first.vehicle, all.length)}</strong>${of}
      <ul class="quiet">${all.map((each) => html`<li>${each.name || each.form.code} · ${decided(each)}</li>`)}</ul>
    </li>`;
  };
  return html`<main>
    <${Back} onClick=${onBack} />
    <h1>${words.waitingTitle}</h1>
    ${waits.length ? html`<p>${words.waitingLead}</p>` : html`<p>${words.nothingWaits}</p>`}
    <ul class="rows">
      ${[...groups.values()].map(row)}
    </ul>
    ${waits.length > 0 && html`<button type="button" class="primary wide" disabled=${isBusy} onClick=${send}>${words.sendNow}</button>`}
    ${waits.length > 0 && !isPersistent && html`<p class="notice">${words.notPersistent}</p>`}
    ${refused.length > 0 &&
    html`<h2>${words.refusedTitle}</h2>
      <ul class="rows">
        ${refused.map((each) => html`<li><strong>${about(each)}</strong><br />${each.problem.detail ?? words.conflictsLead}<br /><button type="button" onClick=${() => dismiss(sent(each.number))}>${words.seen}</button></li>`)}
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
          <strong>${[clockTime(each.at), each.paper, each.vehicle, each.name].filter(Boolean).join(" · ")}</strong>
          ${(each.codes ?? [each.code]).filter(Boolean).map((code) => html`<br /><code>${code}</code>`)}
          ${each.kind !== "declared" && html`<br />${words.conflicts[each.kind] ?? each.kind}`}
          <br /><button type="button" onClick=${() => onSeen(each)}>${words.seen}</button>
        </li>`,
      )}
    </ul>`;
}

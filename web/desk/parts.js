/** Parts that all sections use. */
import { clockTime, useWords } from "../lib/language.js";
import { Failure, Loading } from "../lib/parts.js";
import { html, useEffect, useRef, useState } from "../lib/view.js";
import { cameFrom, goBack, here } from "./places.js";
import { WORDS } from "./words.js";

let say = () => {};

/** What was done, for the line at the bottom that screen readers read. */
export function announce(text) {
  say(text);
}

export function Announcements() {
  const [text, setText] = useState("");
  const due = useRef(0);
  say = (next) => {
    setText(next);
    clearTimeout(due.current);
    due.current = setTimeout(() => setText(""), 8000);
  };
  return html`<p class=${text ? "announced" : "announced nothing"} role="status">${text}</p>`;
}

/** The heading of a view. It gets the focus when the view is opened, and names the tab. */
export function Title({ children, back }) {
  const words = useWords(WORDS);
  const heading = useRef(null);
  useEffect(() => {
    document.title = `${heading.current.textContent} · ${words.title}`;
    if (cameFrom() && !document.querySelector("dialog[open]")) heading.current.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, []);
  return html`
    ${back && html`<button type="button" class="back" data-key="back" onClick=${() => goBack(here().section)}>← ${back}</button>`}
    <h1 tabindex="-1" ref=${heading}>${children}</h1>
  `;
}

/** If the element with the focus disappears, the heading gets the focus, so that the keyboard goes on from there. */
export function useKeptFocus() {
  useEffect(() => {
    let last = null;
    const take = (event) => {
      last = event.target;
    };
    const give = (event) => queueMicrotask(() => event.target.isConnected && last === event.target && (last = null));
    const watch = new MutationObserver(() => {
      if (!last || last.isConnected) return;
      last = null;
      if (document.activeElement === document.body) document.querySelector("main h1")?.focus({ preventScroll: true });
    });
    addEventListener("focusin", take);
    addEventListener("focusout", give);
    watch.observe(document.body, { childList: true, subtree: true });
    return () => {
      removeEventListener("focusin", take);
      removeEventListener("focusout", give);
      watch.disconnect();
    };
  }, []);
}

/**
 * A list through which one goes by arrow keys.
 *
 * @param {{name: string, label: string, items: object[], keyOf: (item: object) => string, cells: (item: object) => any[],
 *   heads: string[], open?: (item: object) => void, detail?: (item: object) => any}} props `name` is the class with the widths
 *   of the columns. With `detail` a line opens below itself.
 */
export function Rows({ name, label, items, keyOf, cells, open, detail, heads }) {
  const list = useRef(null);
  const [current, setCurrent] = useState(() => cameFrom()?.item ?? "");
  const [shown, setShown] = useState("");
  const known = items.some((each) => keyOf(each) === current);
  const restored = useRef(false);
  useEffect(() => {
    // Once, when the line from which somebody came back is there.
    if (restored.current || !known) return;
    restored.current = true;
    const row = list.current.querySelector('[data-row][tabindex="0"]');
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }, [known]);
  const press = (event) => {
    const rows = [...list.current.querySelectorAll("[data-row]")];
    const at = rows.indexOf(document.activeElement);
    if (at < 0) return;
    const next = {
      ArrowDown: at + 1,
      j: at + 1,
      ArrowUp: at - 1,
      k: at - 1,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    rows[Math.max(0, Math.min(next, rows.length - 1))].focus();
  };
  return html`
    ${heads && items.length > 0 && html`<div class="row-heads row ${name}" aria-hidden="true">${heads.map((each) => html`<span>${each}</span>`)}</div>`}
    <ul class="rows" aria-label=${label} ref=${list} hidden=${!items.length} onKeyDown=${press}>
      ${items.map((item, place) => {
        const key = keyOf(item);
        const isShown = detail && shown === key;
        return html`<li key=${key}>
          <button
            type="button"
            class="row ${name}"
            data-row
            tabindex=${key === current || (!known && place === 0) ? 0 : -1}
            aria-expanded=${detail ? String(isShown) : undefined}
            onFocus=${() => setCurrent(key)}
            onClick=${() => (detail ? setShown(isShown ? "" : key) : open(item))}
          >
            ${cells(item).map((cell) => html`<span>${cell}</span>`)}
          </button>
          ${isShown && html`<div class="row-detail">${detail(item)}</div>`}
        </li>`;
      })}
    </ul>
  `;
}

/** What is below a list: when it was loaded, its next page, an error. `reloaded` is called when somebody loads it again. */
export function ListEnd({ list, empty, reloaded }) {
  const words = useWords(WORDS);
  return html`
    <${Failure} error=${list.error} retry=${list.items.length ? list.more : list.reload} />
    ${list.busy && html`<${Loading} />`}
    ${!list.busy && !list.error && list.first && !list.items.length && html`<p class="empty">${empty ?? words.nothing}</p>`}
    <p class="list-end">
      ${!list.busy && !list.error && !list.complete && html`<button type="button" onClick=${list.more}>${words.more}</button>`}
      ${list.at && html`<button type="button" class="plain" data-key="r" onClick=${() => {
          list.reload();
          reloaded?.();
        }}>${words.reload}</button>
        <span class="quiet">${words.loadedAt(clockTime(list.at))}</span>`}
    </p>
  `;
}

/** Ask again for what a view shows. */
export function Reload({ onClick }) {
  const words = useWords(WORDS);
  return html`<p class="list-end"><button type="button" class="plain" data-key="r" onClick=${onClick}>${words.reload}</button></p>`;
}

/** Names and values. Empty values are left out. @param {{facts: [string, any][]}} props */
export function Facts({ facts }) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return html`<dl class="facts">
    ${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

/** A short word about a state. Its tone adds a sign, so colour is never alone. */
export function Chip({ tone = "usual", children }) {
  const sign = { wrong: "! ", done: "✓ ", due: "◷ ", usual: "" }[tone];
  return html`<span class="chip ${tone}">${sign && html`<span aria-hidden="true">${sign}</span>`}${children}</span>`;
}

/** Links between the parts of a section. @param {{label: string, parts: [string, string][], chosen: string, choose: (part: string) => void}} props */
export function Tabs({ label, parts, chosen, choose }) {
  if (parts.length < 2) return null;
  return html`<nav class="tabs" aria-label=${label}>
    ${parts.map(
      ([name, text]) =>
        html`<button type="button" aria-current=${name === chosen ? "page" : undefined} onClick=${() => choose(name)}>${text}</button>`,
    )}
  </nav>`;
}

/** A choice above a list. @param {{label: string, value: string, options: [string, string][], onChange: (value: string) => void}} props */
export function Filter({ name, label, value, options, onChange }) {
  return html`<label class="filter">
    <span>${label}</span>
    <select name=${name} value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${options.map(([each, text]) => html`<option value=${each} selected=${each === value}>${text}</option>`)}
    </select>
  </label>`;
}

/** Hand somebody a file, without an address that others could open. */
export function saveFile(content, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

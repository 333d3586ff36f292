/** A list that is too long to scroll: people type a few letters, without accents. */
import { useWords } from "../lib/language.js";
import { html, useMemo, useRef, useState } from "../lib/view.js";
import { search } from "./searches.js";
import { WORDS } from "./words.js";

const MOST_SHOWN = 6;

/**
 * A combobox, as the ARIA practices have it.
 *
 * @param {{name: string, label: string, hint?: string, error?: string, optional?: boolean, value: string,
 *   options?: {value: string, text: string, more?: string}[], onChange: (value: string) => void}} props Without
 *   `options` they have not come yet.
 */
export function Finder({ name, label, hint, error, optional, value, options, onChange }) {
  const words = useWords(WORDS);
  const [typed, type] = useState("");
  const [active, activate] = useState(0);
  const input = useRef(null);
  const chosen = useMemo(() => options?.find((each) => each.value === value), [options, value]);
  const found = useMemo(() => (options ? search(options, typed).slice(0, MOST_SHOWN) : []), [options, typed]);
  const isOpen = typed !== "" && !chosen;
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");

  const choose = (option) => {
    onChange(option.value);
    type("");
    activate(0);
  };
  const write = (event) => {
    if (value) onChange("");
    type(event.target.value);
    activate(0);
  };
  const press = (event) => {
    if (!isOpen || !found.length) return;
    if (event.key === "ArrowDown") activate((active + 1) % found.length);
    else if (event.key === "ArrowUp") activate((active + found.length - 1) % found.length);
    else if (event.key === "Enter") choose(found[active]);
    else if (event.key === "Escape") type("");
    else return;
    event.preventDefault();
  };
  const again = () => {
    onChange("");
    input.current?.focus();
  };

  return html`<div class=${error ? "field finder has-error" : "field finder"}>
    <label for=${name}>${label}${optional ? words.optional : ""}</label>
    ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${error && html`<p class="error" id="${name}-error">${error}</p>`}
    <div class="finder-line">
      <input
        id=${name}
        name=${name}
        ref=${input}
        role="combobox"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        placeholder=${words.find}
        value=${chosen ? [chosen.text, chosen.more].filter(Boolean).join(", ") : value && !options ? "…" : typed}
        aria-invalid=${error ? "true" : undefined}
        aria-describedby=${described || undefined}
        aria-expanded=${isOpen ? "true" : "false"}
        aria-controls="${name}-list"
        aria-autocomplete="list"
        aria-activedescendant=${isOpen && found.length ? `${name}-${active}` : undefined}
        onInput=${write}
        onKeyDown=${press}
      />
      ${chosen && html`<button type="button" class="plain" onClick=${again}>${words.change}</button>`}
    </div>
    <ul role="listbox" id="${name}-list" aria-label=${label} hidden=${!isOpen}>
      ${isOpen &&
      found.map(
        (option, place) => html`<li
          role="option"
          id="${name}-${place}"
          key=${option.value}
          aria-selected=${place === active ? "true" : "false"}
          onClick=${() => choose(option)}
        >
          <span>${option.text}</span>${option.more && html`<span class="hint">${option.more}</span>`}
        </li>`,
      )}
    </ul>
    <p class="hint" role="status">${isOpen && !found.length ? announcement(options, words) : ""}</p>
  </div>`;
}

/** Why nothing is listed. */
function announcement(options, words) {
  if (options) return words.none_found;
  return navigator.onLine ? words.list_comes : words.list_waits;
}

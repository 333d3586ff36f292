/** The communes of the province: found by a part of their name, without accents. */
import { ask, stageSettings } from "../lib/api.js";
import { useWords } from "../lib/language.js";
import { Failure, Loading } from "../lib/parts.js";
import { html, useEffect, useState } from "../lib/view.js";
import { WORDS } from "./words.js";

const MOST_SHOWN = 8;

/** The version of the list that codes are of, once the stage's settings are known. */
let listVersion;
let communes;

/** @returns {Promise<{code: string, name: string, within: string}[]>} Public data: nobody's. */
export function allCommunes() {
  communes ??= load().catch((error) => {
    communes = undefined;
    throw error;
  });
  return communes;
}

async function load() {
  const { province } = await stageSettings();
  const units = await unitsIn(`&parent=${province.code}&levels=2`);
  const names = Object.fromEntries(units.map((each) => [each.code, each.name]));
  // Where a list has no districts, communes lie in the province itself.
  const districts = new Set(units.map((each) => each.parent).filter((parent) => parent in names));
  return units
    .filter((each) => !districts.has(each.code))
    .map((each) => ({ code: each.code, name: each.name, within: names[each.parent] ?? province.name }));
}

let provinces;

/** Names of provinces by code, for the areas of a policy. */
export function allProvinces() {
  provinces ??= unitsIn("").then(
    (units) => Object.fromEntries(units.map((each) => [each.code, each.name])),
    (error) => {
      provinces = undefined;
      throw error;
    },
  );
  return provinces;
}

async function unitsIn(query) {
  listVersion = (await stageSettings()).province.units_list;
  return (await ask("GET", `/v1/administrative-units?list_version=${listVersion}${query}`)).body.units;
}

/** The name of a commune, once it is known. */
export function useCommuneName(code) {
  const [name, setName] = useState("");
  useEffect(() => {
    setName("");
    if (!code) return;
    allCommunes().then(
      (all) => setName(all.find((each) => each.code === code)?.name ?? ""),
      () => {},
    );
  }, [code]);
  return name || code;
}

/** A commune that was chosen by `UnitField`, as the API takes it. */
export function unitOf(code) {
  return code ? { list_version: listVersion, code } : undefined;
}

/** Choose a commune: type a part of its name, then take it by the arrow keys. */
export function UnitField({ name, label, hint, error, optional, value, onInput }) {
  const words = useWords(WORDS);
  const [all, setAll] = useState(null);
  const [failure, setFailure] = useState(null);
  const [sought, setSought] = useState("");
  const load = () => {
    setFailure(null);
    allCommunes().then(setAll, setFailure);
  };
  useEffect(load, []);
  const chosen = all?.find((each) => each.code === value);
  const parts = plain(sought).split(" ").filter(Boolean);
  const found = parts.length ? (all ?? []).filter((each) => parts.every((part) => plain(`${each.name} ${each.within}`).includes(part))) : [];
  const shown = chosen && !found.includes(chosen) ? [chosen, ...found] : found;
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(" ");
  return html`<div class=${error ? "field has-error" : "field"}>
    <label for=${name}>${label}${optional ? words.optional : ""}</label>
    <p class="hint" id="${name}-hint">${hint ?? words.typeToFind}</p>
    ${error && html`<p class="error" id="${name}-error">${error}</p>`}
    <input
      id=${name}
      type="search"
      autocomplete="off"
      value=${sought}
      aria-invalid=${error ? "true" : undefined}
      aria-describedby=${described || undefined}
      onInput=${(event) => setSought(event.target.value)}
      onKeyDown=${(event) => {
        if (event.key !== "Enter" && event.key !== "ArrowDown") return;
        event.preventDefault();
        if (event.key === "Enter" && found.length === 1) onInput(found[0].code);
        else document.getElementById(`${name}-found`)?.querySelector("input")?.focus();
      }}
    />
    <${Failure} error=${failure} retry=${load} />
    ${!all && !failure && html`<${Loading} />`}
    <fieldset class="found" id="${name}-found" hidden=${!shown.length}>
      <legend class="unseen">${label}</legend>
      ${shown.slice(0, MOST_SHOWN).map(
        (each) => html`<label class="choice" key=${each.code}>
          <input type="radio" name="${name}-found" value=${each.code} checked=${each.code === value} onChange=${() => onInput(each.code)} />
          <span>${each.name}<span class="hint">${each.within}</span></span>
        </label>`,
      )}
    </fieldset>
    <p class="unseen" role="status">${parts.length ? words.found(found.length) : ""}</p>
    ${found.length > MOST_SHOWN && html`<p class="hint">${words.typeMore}</p>`}
    ${parts.length > 0 && all && !found.length && html`<p class="hint">${words.noneFound}</p>`}
  </div>`;
}

/** Without accents and case. */
export function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").replaceAll("Đ", "d").toLowerCase();
}

/** The communes of the province: found by a part of their name, without accents. */
import { ask } from "../lib/api.js";
import { useWords } from "../lib/language.js";
import { Failure, Loading } from "../lib/parts.js";
import { html, useEffect, useState } from "../lib/view.js";
import { WORDS } from "./words.js";

const PROVINCE = "72";
const LIST = "2021";
const MOST_SHOWN = 8;

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
  const districts = await childrenOf(PROVINCE);
  const found = await Promise.all(
    districts.map(async (district) =>
      (await childrenOf(district.code)).map(({ code, name }) => ({ code, name, within: district.name })),
    ),
  );
  return found.flat();
}

let provinces;

/** Names of provinces by code, for the areas of a policy. */
export function allProvinces() {
  provinces ??= ask("GET", `/v1/administrative-units?list_version=${LIST}`).then(
    ({ body }) => Object.fromEntries(body.units.map((each) => [each.code, each.name])),
    (error) => {
      provinces = undefined;
      throw error;
    },
  );
  return provinces;
}

async function childrenOf(parent) {
  return (await ask("GET", `/v1/administrative-units?list_version=${LIST}&parent=${parent}`)).body.units;
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

/** A commune, in the version of the list that these codes are of. */
export function unitOf(code) {
  return code ? { list_version: LIST, code } : undefined;
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

/** Names of places, and what a form needs without network. Kept on the device; without them a place is a code. */
import { ask, stageSettings } from "../lib/api.js";
import { keep, kept } from "./store.js";

const FRESH = 7 * 24 * 3600000; // milliseconds

let names = {};

export function nameOfPlace(code) {
  return names[code] ?? code;
}

/**
 * Load them, once a week. It is not urgent.
 *
 * @returns {Promise<{names: Record<string, string>, provinces: string[], communes: string[], list: string,
 *   consent: object}>} Lists of codes, and the consent text in force.
 */
export async function loadPlaces() {
  const held = await kept("places");
  names = held?.names ?? {};
  if (held && Date.now() - held.at < FRESH) return held;
  const { province } = await stageSettings();
  const { units: provinces, list_version: list } = await unitsIn("");
  const { units: parts } = await unitsIn(`?parent=${province.code}&levels=2`);
  const found = Object.fromEntries([...provinces, ...parts].map((each) => [each.code, each.name]));
  const communes = parts.filter((each) => each.parent !== province.code);
  for (const each of communes) found[each.code] = `${each.name}, ${found[each.parent]}`;
  const consent = (await ask("GET", "/v1/consent-text")).body;
  names = found;
  const codes = (units) => units.map((each) => each.code);
  const places = { names, provinces: codes(provinces), communes: codes(communes), list, consent, at: Date.now() };
  await keep("places", places);
  return places;
}

async function unitsIn(query) {
  return (await ask("GET", `/v1/administrative-units${query}`)).body;
}

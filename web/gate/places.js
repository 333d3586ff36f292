/** Names of places, and what a form needs without network. Kept on the device; without them a place is a code. */
import { ask, stageSettings } from "../lib/api.js";
import { keep, kept } from "./store.js";

const FRESH = 7 * 24 * 3600000; // milliseconds

let names = {};

export function nameOfPlace(code) {
  return names[code] ?? code;
}

/**
 * Load them, once a week. It is of no hurry.
 *
 * @returns {Promise<{names: Record<string, string>, provinces: string[], communes: string[], list: string,
 *   consent: object}>} Lists of codes, and the consent text in force.
 */
export async function loadPlaces() {
  const held = await kept("places");
  names = held?.names ?? {};
  if (held && Date.now() - held.at < FRESH) return held;
  const { province } = await stageSettings();
  const found = {};
  const listed = (units, name = (each) => each.name) =>
    units.map((each) => {
      found[each.code] = name(each);
      return each.code;
    });
  const { units, list_version: list } = await children("");
  const provinces = listed(units);
  const communes = [];
  for (const district of (await children(province.code)).units) {
    communes.push(...listed((await children(district.code)).units, (each) => `${each.name}, ${district.name}`));
  }
  const consent = (await ask("GET", "/v1/consent-text")).body;
  names = found;
  const places = { names, provinces, communes, list, consent, at: Date.now() };
  await keep("places", places);
  return places;
}

async function children(parent) {
  return (await ask("GET", `/v1/administrative-units${parent && `?parent=${parent}`}`)).body;
}

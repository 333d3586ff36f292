/** The names of the province's communes, kept on the device. Without them a code is shown. */
import { ask, stageSettings } from "../lib/api.js";
import { keep, kept } from "./store.js";

const FRESH = 7 * 24 * 3600000; // milliseconds

let names = {};

export function nameOfCommune(code) {
  return names[code] ?? code;
}

/** Load them, once a week. It is of no hurry. */
export async function loadCommunes() {
  const held = await kept("communes");
  names = held?.names ?? {};
  if (held && Date.now() - held.at < FRESH) return;
  const found = {};
  const provinces = await units("");
  for (const each of provinces) found[each.code] = each.name;
  const { province } = await stageSettings();
  for (const district of await units(province.code)) {
    for (const commune of await units(district.code)) found[commune.code] = `${commune.name}, ${district.name}`;
  }
  names = found;
  await keep("communes", { names, at: Date.now() });
}

async function units(parent) {
  const answer = await ask("GET", `/v1/administrative-units${parent && `?parent=${parent}`}`);
  return answer.body.units;
}

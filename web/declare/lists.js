/** Lists that the form shows. Each is asked for once, ahead of its step, and again if that failed. */
import { ask, stageSettings } from "../lib/api.js";
import { useEffect, useState } from "../lib/view.js";

const asked = new Map();
const arrived = new Map();

const SOURCES = {
  settings: stageSettings,
  provinces: () => get("/v1/administrative-units"),
  communes: async () => units((await stageSettings()).province.code),
  checkpoints: () => get("/v1/checkpoints"),
  waits: () => get("/v1/checkpoints/waiting-times"),
  symptoms: () => get("/v1/symptoms"),
  consent: () => get("/v1/consent-text"),
  countries: async () => (await import("./countries.js")).countries,
};

/** @returns {any} What the source has, or undefined as long as it has not come. */
export function useList(name) {
  const [, draw] = useState(0);
  useEffect(() => {
    let isHere = true;
    const tell = () => isHere && draw((turn) => turn + 1);
    load(name).then(tell, tell);
    const again = () => load(name).then(tell, tell);
    // Somebody waits for it.
    const timer = setInterval(() => arrived.has(name) || again(), 5000);
    addEventListener("online", again);
    return () => {
      isHere = false;
      clearInterval(timer);
      removeEventListener("online", again);
    };
  }, [name]);
  return arrived.get(name);
}

/** What has come of a source. */
export function loaded(name) {
  return arrived.get(name);
}

export function load(name) {
  if (!asked.has(name)) {
    const [source, of] = name.split(" ");
    const coming = of ? units(of) : SOURCES[source]();
    asked.set(name, coming);
    coming.then(
      (list) => arrived.set(name, list),
      () => asked.delete(name),
    );
  }
  return asked.get(name);
}

/** Ask for what later steps show, while somebody fills in the first one. */
export async function loadAhead() {
  for (const each of ["settings", "provinces", "communes", "checkpoints", "waits", "symptoms", "consent"]) {
    await load(each).catch(() => {});
  }
}

/** Each commune of a province, with the district that it lies in. */
async function units(province) {
  const answer = await get(`/v1/administrative-units?parent=${province}&levels=2`);
  const names = new Map(answer.units.map((each) => [each.code, each.name]));
  const communes = answer.units.filter((each) => each.code.length === 5);
  return communes.map((each) => ({ value: each.code, text: each.name, more: names.get(each.parent) }));
}

async function get(path) {
  return (await ask("GET", path)).body;
}

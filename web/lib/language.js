/** The language of the pages. It is kept on this device, as nothing personal. */
import { useEffect, useState } from "./view.js";

export const LANGUAGES = { vi: "Tiếng Việt", en: "English" };

const KEPT = "language";
const listening = new Set();
let offered = LANGUAGES;
let current = first();
document.documentElement.lang = current;

export function language() {
  return current;
}

/** The languages that can be chosen, each by its own name. */
export function languages() {
  return offered;
}

/** For a page that has texts in more languages: to be called before anything is drawn. */
export function offer(more) {
  offered = { ...LANGUAGES, ...more };
  current = first();
  document.documentElement.lang = current;
}

export function choose(name) {
  current = name;
  document.documentElement.lang = name;
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // Some browsers forbid it. The choice then lasts as long as the page.
  }
  for (const tell of listening) tell(name);
}

/**
 * The texts of the current language, for a component. It is drawn again when the language changes.
 *
 * @param {{vi: object, en: object}} words Texts, or functions that make one. English stands for a language without any.
 */
export function useWords(words) {
  const [name, tell] = useState(current);
  useEffect(() => {
    listening.add(tell);
    return () => listening.delete(tell);
  }, []);
  return words[name] ?? words.en;
}

/** The time on the walls of the province, whatever the phone's own zone is: `14:05`. */
export function clockTime(moment) {
  return format(moment, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** `14:05 30/11/2026` */
export function dateAndTime(moment) {
  return `${clockTime(moment)} ${dateOf(moment)}`;
}

/** `30/11/2026` */
export function dateOf(moment) {
  return format(moment, { day: "2-digit", month: "2-digit", year: "numeric" });
}

/** Today in the province, as the API has days: `2026-11-30`. */
export function today() {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(new Date());
}

const ZONE = "Asia/Ho_Chi_Minh";

function format(moment, how) {
  return new Intl.DateTimeFormat("vi-VN", { timeZone: ZONE, ...how }).format(new Date(moment));
}

function first() {
  const browsers = navigator.languages.map((each) => each.slice(0, 2));
  return kept() ?? (browsers.includes("vi") ? "vi" : (browsers.find((each) => each in offered) ?? "en"));
}

function kept() {
  try {
    const name = localStorage.getItem(KEPT);
    return name in offered ? name : null;
  } catch {
    return null;
  }
}

/**
 * Where somebody is on the desk. The section stands behind `#`. What is open in it is kept in the history's state and not
 * in the address, because a code leads to a person.
 */
import { useEffect, useState } from "../lib/view.js";

const listening = new Set();

/** The place before this one: a list gives the focus back to the line that was open. */
let former = null;
let current = read();

/** @returns {{section: string, view: string, item: string, more: any}} `view` is what of `item` is open, if anything. */
export function here() {
  return current;
}

export function cameFrom() {
  return former;
}

export function go(section, view = "", item = "", more = null) {
  history.pushState({ view, item, more }, "", `#${section}`);
  moved();
}

/** Back to where `item` was opened from, or to the section's list after a reload elsewhere. */
export function goBack(section) {
  if (former?.section === section && former.view !== current.view) history.back();
  else go(section);
}

export function usePlace() {
  const [place, tell] = useState(current);
  useEffect(() => {
    listening.add(tell);
    tell(current);
    return () => listening.delete(tell);
  }, []);
  return place;
}

addEventListener("popstate", moved);
addEventListener("hashchange", moved);

function moved() {
  const next = read();
  if (JSON.stringify(next) === JSON.stringify(current)) return;
  former = current;
  current = next;
  for (const tell of listening) tell(current);
}

function read() {
  const { view = "", item = "", more = null } = history.state ?? {};
  return { section: location.hash.slice(1), view, item, more };
}

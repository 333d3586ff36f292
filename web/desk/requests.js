/** Requests of the desk: lists of the API with their pages, and single answers. */
import { SignedOut, askAsStaff } from "../lib/session.js";
import { useEffect, useRef, useState } from "../lib/view.js";

let ended = () => {};

/** @param {() => void} call Called when a request shows that nobody is signed in any more. */
export function whenSignedOut(call) {
  ended = call;
}

/** As `askAsStaff`. The shell also learns that the sign-in has ended. */
export async function request(method, path, more) {
  try {
    return await askAsStaff(method, path, more);
  } catch (error) {
    if (error instanceof SignedOut) ended();
    throw error;
  }
}

/**
 * Lists that were loaded, by address. Going back to one shows it as it was: to load it again would count as a look at
 * people's data, though nobody asked for it.
 */
const lists = new Map();

/** What is asked for once, by name. */
const answers = new Map();

export function forgetAll() {
  lists.clear();
  answers.clear();
}

/** The answer of `load`. It is kept, by name, until somebody signs out. */
export function once(name, load) {
  if (!answers.has(name)) {
    const answer = load();
    answers.set(name, answer);
    answer.catch(() => answers.delete(name));
  }
  return answers.get(name);
}

/**
 * An action has changed the lists of these paths: those on the screen are loaded again now, the others when somebody opens
 * them.
 */
export function forget(path) {
  for (const [address, list] of lists) {
    if (!address.startsWith(path)) continue;
    if (list.watching.size) loadAgain(list);
    else lists.delete(address);
  }
}

/**
 * A list of the API, page by page.
 *
 * @param {string | null} path Without one, nothing is loaded.
 * @param {string} name The member of the answer that has the entries.
 * @param {object} [query] Empty values are left out.
 */
export function useList(path, name, query = {}) {
  const [, draw] = useState(0);
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const address = path && `${path}?${new URLSearchParams(given)}`;
  useEffect(() => {
    if (!address) return undefined;
    const list = lists.get(address) ?? empty(address, name);
    lists.set(address, list);
    const tell = () => draw((turn) => turn + 1);
    list.watching.add(tell);
    if (!list.first) load(list);
    tell();
    return () => list.watching.delete(tell);
  }, [address]);
  const list = address ? lists.get(address) : null;
  return {
    items: list?.items ?? [],
    first: list?.first ?? null,
    at: list?.at ?? null,
    complete: list?.complete ?? true,
    busy: list ? Boolean(list.awaited) : Boolean(address),
    error: list?.error ?? null,
    more: () => load(list),
    reload: () => list && loadAgain(list),
    /** Put an entry in the place of the one that `same` finds, or leave that one out. */
    replace(same, item) {
      if (!list) return;
      list.items = list.items.flatMap((each) => (same(each) ? (item ? [item] : []) : [each]));
      draw((turn) => turn + 1);
      // The answer that is awaited may be older than the entry.
      if (list.awaited) loadAgain(list);
    },
  };
}

function empty(address, name) {
  return { address, name, items: [], first: null, cursor: null, complete: false, awaited: null, error: null, watching: new Set() };
}

/** From the first page. A request that is under way may have been answered before the change: its answer is not used. */
function loadAgain(list) {
  return load(Object.assign(list, { cursor: null, complete: false, awaited: null }));
}

async function load(list) {
  if (list.awaited) return;
  const own = {};
  Object.assign(list, { awaited: own, error: null });
  notify(list);
  try {
    const cursor = list.cursor ? `&cursor=${encodeURIComponent(list.cursor)}` : "";
    const { body } = await request("GET", list.address + cursor);
    if (list.awaited !== own) return;
    if (!list.cursor) Object.assign(list, { first: body, items: [], at: new Date() });
    list.items = [...list.items, ...body[list.name]];
    Object.assign(list, { cursor: body.cursor ?? null, complete: body.complete });
  } catch (error) {
    if (list.awaited === own) list.error = error;
  } finally {
    if (list.awaited === own) {
      list.awaited = null;
      notify(list);
    }
  }
}

function notify(list) {
  for (const watch of list.watching) watch();
}

/**
 * One answer.
 *
 * @param {string | null} path Without one, nothing is asked.
 */
export function useAnswer(path) {
  const [state, setState] = useState({ path: null, value: null, error: null, headers: null });
  const [turn, again] = useState(0);
  const awaited = useRef(null);
  useEffect(() => {
    if (!path) return undefined;
    const asked = (awaited.current = {});
    const tell = (next) => awaited.current === asked && setState({ path, value: null, error: null, headers: null, ...next });
    request("GET", path).then(
      ({ body, headers }) => tell({ value: body, headers }),
      (error) => tell({ error }),
    );
    return () => {
      awaited.current = null;
    };
  }, [path, turn]);
  const own = state.path === path ? state : { value: null, error: null, headers: null };
  return {
    value: own.value,
    error: own.error,
    headers: own.headers,
    busy: Boolean(path) && !own.value && !own.error,
    set: (value) => {
      // A request that is under way may have been answered before.
      awaited.current = null;
      setState({ ...state, path, value, error: null });
    },
    reload: () => again((now) => now + 1),
  };
}

/** JSON as text: where a pointer leads to, and what changed between two texts. */

/** The text is not JSON from this place on. */
export class Malformed extends Error {
  constructor(at) {
    super(`malformed at ${at}`);
    this.at = at;
  }
}

/**
 * Where each value stands in a JSON text.
 *
 * @returns {Map<string, [number, number]>} By JSON pointer (RFC 6901): the first character, and the one behind the last.
 * @throws {Malformed}
 */
export function positions(text) {
  const found = new Map();
  let at = 0;
  const next = (pattern) => {
    pattern.lastIndex = at;
    const taken = pattern.exec(text)?.[0];
    if (taken === undefined) throw new Malformed(at);
    at += taken.length;
    return taken;
  };
  const blank = () => next(/\s*/y);
  const name = () => JSON.parse(next(/"(?:[^"\\\n]|\\.)*"/y));
  const members = (pointer, end, one) => {
    at += 1;
    blank();
    if (text[at] === end) {
      at += 1;
      return;
    }
    for (let place = 0; ; place += 1) {
      one(pointer, place);
      blank();
      const sign = next(/[,\]}]/y);
      if (sign === end) return;
      if (sign !== ",") throw new Malformed(at - 1);
      blank();
    }
  };
  const value = (pointer) => {
    blank();
    const start = at;
    if (text[at] === "{") {
      members(pointer, "}", () => {
        const key = name();
        blank();
        next(/:/y);
        value(`${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
      });
    } else if (text[at] === "[") members(pointer, "]", (_, place) => value(`${pointer}/${place}`));
    else next(/"(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null/y);
    found.set(pointer, [start, at]);
  };
  value("");
  blank();
  if (at < text.length) throw new Malformed(at);
  return found;
}

/** Where a pointer leads to, or the nearest value around it. */
export function rangeOf(pointer, found) {
  for (let near = pointer; near; near = near.slice(0, near.lastIndexOf("/"))) if (found.has(near)) return found.get(near);
  return [0, 0];
}

/** The number of the line, from 1. */
export function lineAt(text, at) {
  return text.slice(0, at).split("\n").length;
}

const CONTEXT = 2;
/** Larger texts are compared line by line only where they begin and end alike. */
const MOST_COMPARED = 4_000_000;

/**
 * What changed, side by side, with two lines around each change.
 *
 * @returns {{before: string | null, after: string | null, changed: boolean}[]} `null`: there is no such line. Between parts that
 *   are not neighbours stands a row with `null` on both sides.
 */
export function sideBySide(before, after) {
  const rows = aligned(before.split("\n"), after.split("\n"));
  const near = rows.map((_, place) => rows.slice(Math.max(0, place - CONTEXT), place + CONTEXT + 1).some((row) => row.changed));
  return rows.flatMap((row, place) => {
    if (!near[place]) return [];
    return place > 0 && !near[place - 1] ? [{ before: null, after: null, changed: false }, row] : [row];
  });
}

function aligned(old, fresh) {
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < fresh.length - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const same = (line) => ({ before: line, after: line, changed: false });
  const middle = changesOf(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end));
  return [...old.slice(0, start).map(same), ...middle, ...(end ? old.slice(-end) : []).map(same)];
}

/** By the longest common subsequence of lines. */
function changesOf(old, fresh) {
  if (old.length * fresh.length > MOST_COMPARED) return paired(old, fresh);
  const width = fresh.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] =
        old[i] === fresh[j]
          ? longest[(i + 1) * width + j + 1] + 1
          : Math.max(longest[(i + 1) * width + j], longest[i * width + j + 1]);
    }
  }
  const rows = [];
  let [i, j, removed, added] = [0, 0, [], []];
  const flush = () => {
    rows.push(...paired(removed, added));
    [removed, added] = [[], []];
  };
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      flush();
      rows.push({ before: old[i], after: fresh[j], changed: false });
      i += 1;
      j += 1;
    } else if (j >= fresh.length || (i < old.length && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      removed.push(old[i]);
      i += 1;
    } else {
      added.push(fresh[j]);
      j += 1;
    }
  }
  flush();
  return rows;
}

function paired(removed, added) {
  return Array.from({ length: Math.max(removed.length, added.length) }, (_, place) => ({
    before: removed[place] ?? null,
    after: added[place] ?? null,
    changed: true,
  }));
}

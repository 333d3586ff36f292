/** What a device holds after an answer of the sync. */

/** Sent whole, or not at all. */
const WHOLE = ["keys", "checkpoints", "policy"];
/** Sets, by code. Those that are sent are added to those that are held. */
const ADDED = ["revocations", "permit_revocations", "corrections", "arrivals", "replacements"];

/** What is held after an answer. */
export function joined(former, answer, etag, now = Date.now()) {
  const base = answer.complete || !former ? {} : former;
  const next = { cursor: answer.cursor, etag, checkpoint: answer.checkpoint ?? null };
  for (const name of WHOLE) next[name] = answer[name] ?? base[name];
  for (const name of ADDED) {
    next[name] = { ...base[name] };
    for (const each of answer[name] ?? []) next[name][each.code] = each;
  }
  return withoutEnded(next, now);
}

/** Without what has ended. */
export function withoutEnded(held, now) {
  const next = { ...held };
  const holds = (each) => Date.parse(each.expires_at) > now;
  next.arrivals = only(held.arrivals, holds);
  for (const name of ADDED.filter((each) => each !== "arrivals")) {
    // A pass whose holder arrived does not end with its hour, and its revocation does not either.
    const remains = (each) => holds(each) || (name === "revocations" && each.code in next.arrivals);
    next[name] = only(held[name], remains);
  }
  return next;
}

/** The trust list after an answer. Id and country name a key. */
export function trusted(former, answer, etag) {
  const keys = answer.complete ? {} : { ...former?.keys };
  for (const each of answer.keys) keys[`${each.kid} ${each.country}`] = each;
  for (const each of answer.removed) delete keys[`${each.kid} ${each.country}`];
  return { cursor: answer.cursor, etag, keys };
}

function only(set, holds) {
  return Object.fromEntries(Object.entries(set ?? {}).filter(([, each]) => holds(each)));
}

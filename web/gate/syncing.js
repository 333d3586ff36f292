/** Keeps what a gate must know without network: `GET /v1/checkpoint/sync`, as the API's document says. */
import { Problem } from "../lib/api.js";
import { askAsStaff } from "../lib/session.js";
import { keep, kept } from "./store.js";

/** Sent whole, or not at all. */
const WHOLE = ["keys", "checkpoints", "policy"];
/** Sets, by code. Those that are sent are added to those that are held. */
const ADDED = ["revocations", "permit_revocations", "corrections", "arrivals", "replacements"];

/** @returns {Promise<object>} What is known now. */
export async function synchronise() {
  const former = await kept("synced");
  const since = former?.cursor ? `?since=${encodeURIComponent(former.cursor)}` : "";
  const headers = since && former.etag ? { "If-None-Match": former.etag } : {};
  const before = Date.now();
  let next;
  try {
    const answer = await askAsStaff("GET", `/v1/checkpoint/sync${since}`, { headers });
    next = joined(since ? former : undefined, answer.body, answer.headers.get("ETag"));
    // The server looked at its clock somewhere between asking and now.
    next.ahead = (before + Date.now()) / 2 - Date.parse(answer.body.server_time);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 304) throw error;
    next = withoutEnded(former, Date.now());
  }
  next.at = Date.now();
  await keep("synced", next);
  return next;
}

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

function withoutEnded(held, now) {
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

function only(set, holds) {
  return Object.fromEntries(Object.entries(set ?? {}).filter(([, each]) => holds(each)));
}

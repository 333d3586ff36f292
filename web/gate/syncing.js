/** Keeps what a gate must know without network: `GET /v1/checkpoint/sync`, as the API's document says. */
import { Problem } from "../lib/api.js";
import { askAsStaff } from "../lib/session.js";
import { joined, withoutEnded } from "./changes.js";
import { keep, kept } from "./store.js";

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

/** Keeps what a gate must know without network: `GET /v1/checkpoint/sync`, as the API's document says. */
import { Problem, ask } from "../lib/api.js";
import { askAsStaff } from "../lib/session.js";
import { joined, trusted, withoutEnded } from "./changes.js";
import { keep, kept } from "./store.js";

const EACH_HOUR = 3600000; // milliseconds

/** @returns {Promise<object>} What is known now. */
export async function synchronise() {
  const former = await kept("synced");
  const before = Date.now();
  const answer = await changesSince("/v1/checkpoint/sync", former);
  const next = answer
    ? joined(former?.cursor ? former : undefined, answer.body, answer.headers.get("ETag"))
    : withoutEnded(former, Date.now());
  // The server looked at its clock somewhere between asking and now.
  next.ahead = answer ? (before + Date.now()) / 2 - Date.parse(answer.body.server_time) : former.ahead;
  next.at = Date.now();
  await keep("synced", next);
  return next;
}

/** The keys that certificates are judged by: once an hour. */
export async function synchroniseTrust() {
  const former = await kept("trusted");
  if (former && Date.now() - former.at < EACH_HOUR) return;
  const answer = await changesSince("/v1/checkpoint/trust-list", former);
  const next = answer ? trusted(former, answer.body, answer.headers.get("ETag")) : former;
  await keep("trusted", { ...next, at: Date.now() });
}

/** Note on the device, before the next sync, that the holder of a pass arrived at `at` (milliseconds). */
export async function noteArrival(code, at) {
  const synced = (await kept("synced")) ?? {};
  const hold = (synced.policy?.arrival_hours ?? 0) * EACH_HOUR;
  const known = { code, arrived_at: new Date(at).toISOString(), expires_at: new Date(at + hold).toISOString() };
  await keep("synced", { ...synced, arrivals: { [code]: known, ...synced.arrivals } });
}

/** How long people wait at the gates. It is public and not urgent: a failure does not mean that the network is lost. */
export async function synchroniseWaits() {
  const answer = await ask("GET", "/v1/checkpoints/waiting-times").catch(() => null);
  if (answer) await keep("waits", { checkpoints: answer.body.checkpoints, at: Date.now() });
}

/** The answer, or null if nothing is new. */
async function changesSince(path, former) {
  const since = former?.cursor ? `?since=${encodeURIComponent(former.cursor)}` : "";
  const headers = since && former.etag ? { "If-None-Match": former.etag } : {};
  try {
    return await askAsStaff("GET", path + since, { headers });
  } catch (error) {
    if (error instanceof Problem && error.status === 304) return null;
    throw error;
  }
}

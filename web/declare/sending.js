/** Send the form, however bad the line is: the same request again, until there is an answer. */
import { Problem, Unreachable, ask } from "../lib/api.js";
import { bearer, forgetProof } from "./proof.js";
import { current, forgetOwn, placeOf, rememberOwn, request, restart, update } from "./form.js";
import { load, loaded } from "./lists.js";

/** Milliseconds until it is tried again, with another one after each failure. */
const WAITS = [3000, 6000, 12000, 24000, 30000];

let ahead = 0;

/** Ask for the province's time: a cheap phone's clock is often wrong, and the arrival is a matter of minutes. */
export async function setClock() {
  try {
    const asked = Date.now();
    const { body } = await ask("GET", "/v1/health");
    // The answer is as old as half of its way there and back.
    ahead = Date.parse(body.time) - (asked + Date.now()) / 2;
  } catch {
    ahead = 0;
  }
}

let isUnderWay = false;

export function isSending() {
  return isUnderWay;
}

/**
 * Sends the form once. What comes of it is in the form: `done`, or `problems`.
 *
 * @returns {Promise<"done" | "problems">} Not to be called while `isSending`.
 * @throws {Problem|Unreachable} After which the same request can be sent again, if `again(error)` says so.
 */
export async function send() {
  isUnderWay = true;
  try {
    await load("provinces");
    const pending = current().pending ?? { key: newKey(), ...request({ version: loaded("provinces").list_version }, ahead) };
    update({ pending, problems: [] });
    return await sent(pending);
  } finally {
    isUnderWay = false;
  }
}

/** How long to wait before the same request is sent again, in milliseconds; null if that would not help. */
export function again(error, failures) {
  const isPassing = error instanceof Unreachable || (error instanceof Problem && error.isPassing);
  if (!isPassing) return null;
  return Math.max((error.retryAfter ?? 0) * 1000, WAITS[Math.min(failures, WAITS.length - 1)]);
}

async function sent(pending) {
  try {
    const { body } = await ask("POST", pending.path, {
      body: pending.body,
      headers: { "Idempotency-Key": pending.key, ...pending.headers },
      bearer: bearer(),
    });
    if (current().remember) rememberOwn();
    else if (current().wasRemembered) forgetOwn();
    const passes = body.passes.map(({ masked_name, code, secret, expires_at }) => ({ masked_name, code, secret, expires_at }));
    // Only the passes are left in the tab: no health answers.
    restart({ done: { passes } });
    return "done";
  } catch (error) {
    if (!(error instanceof Problem) || error.isPassing) throw error;
    // The proof of the phone has ended. Without it the form is as good at the gate; a draft needs another one.
    if (error.status === 401) {
      forgetProof();
      if (current().mode.kind !== "draft") return sent(pending);
    }
    update({ pending: null });
    if (!error.errors.length) throw error;
    const problems = error.errors.map((each) => ({ ...placeOf(each.pointer), detail: each.detail }));
    update({ problems });
    return "problems";
  }
}

/** A key for a request that makes something: see `Idempotency-Key` of the API. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, "0")).join("");
}

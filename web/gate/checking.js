/** The answer to a scan: the API's if it comes in time, else this device's own. */
import { Problem, Unreachable, stageSettings } from "../lib/api.js";
import { SignedOut, askAsStaff } from "../lib/session.js";
import { judged, judgedCode, judgedPermit } from "./judging.js";
import { synchronise } from "./syncing.js";
import { crossedHere, kept } from "./store.js";
import { isLikeToken, isPermit, keysOf, typedCode, verify } from "./tokens.js";

/** How long staff wait for the API before the device answers. Milliseconds. */
const PATIENCE = 2500;
/** After a request without an answer the device answers at once for so long. */
const LOST = 20000;

let lostAt = -LOST;

/** Whether the API answered lately, as far as is known. */
export function hasNetwork() {
  return navigator.onLine && performance.now() - lostAt >= LOST;
}

/** Remember that a request got an answer, or none. */
export function noteNetwork(error) {
  if (error instanceof Unreachable) lostAt = performance.now();
  else if (!(error instanceof SignedOut)) lostAt = -LOST;
}

/**
 * @param {string} text What was scanned or typed.
 * @param {{code?: string, late?: (seen: object) => void}} [more] `code`: of the pass whose holder shows a certificate.
 *   `late` gets the API's answer, if it comes after the device's.
 * @returns {Promise<object>} The API's answer with `source: "server"`; or the same members as far as the device knows
 *   them, with `source: "device"`; or `{problem}`.
 */
export async function check(text, { code, late } = {}) {
  const plain = plainScan(text);
  let waited = false;
  const asked = askAsStaff("POST", "/v1/checkpoint/checks", { body: { qr: plain, ...(code && { code }) } }).then(
    (answer) => {
      noteNetwork();
      const seen = { ...answer.body, source: "server", text: plain };
      if (waited) late?.(seen);
      return seen;
    },
    (error) => {
      noteNetwork(error);
      return error;
    },
  );
  const answer = await Promise.race([asked, after(hasNetwork() ? PATIENCE : 0)]);
  if (answer && !(answer instanceof Error)) return answer;
  if (answer instanceof Problem && !answer.isPassing) return { source: "server", text: plain, problem: answer };
  waited = true;
  return byDevice(plain);
}

/** What the device itself says. */
export async function byDevice(text) {
  const synced = (await kept("synced")) ?? {};
  const seen = { source: "device", text, checked_at: Date.now() };
  if (/^HC\d+:/i.test(text)) {
    const { readCertificate } = await import("./certificates.js");
    const trusted = Object.values((await kept("trusted"))?.keys ?? {});
    return { ...seen, read_as: "certificate", certificate: await readCertificate(text, trusted) };
  }
  if (isLikeToken(text)) return { ...seen, ...(await token(text, synced)) };
  if (text.includes("|")) return { ...seen, ...(await card(text)) };
  const code = typedCode(text);
  if (code === null) {
    const isCode = /^[0-9A-Z\s-]{10,24}$/i.test(text) && !/^\d{1,12}$/.test(text);
    return { ...seen, ...(isCode ? { read_as: "code", verdict: "mistyped" } : { read_as: "other", verdict: "unreadable" }) };
  }
  if (isPermit(code)) {
    const verdict = synced.permit_revocations?.[code] ? "revoked" : "unchecked";
    return { ...seen, read_as: "permit", code, verdict };
  }
  return { ...seen, read_as: "code", code, ...(judgedCode(code, synced, await crossedHere(code)) ?? { verdict: "unchecked" }) };
}

/** What a citizen card says. The API reads the national platform's codes, too, and finds what is doubtful. */
async function card(text) {
  const { travellerOf } = await import("../lib/cards.js");
  const traveller = travellerOf(text);
  return { read_as: "citizen_card", ...(traveller && { prefilled: { traveller } }) };
}

async function token(text, synced) {
  const { province } = await stageSettings();
  // Settings of a former release do not name the issuer: then nothing can be verified, and nothing is called forged.
  if (!province.pass_issuer) return { read_as: "token", verdict: "unknown_key" };
  const { verdict, claims } = await verify(text, await keys(synced), province.pass_issuer);
  if (verdict === "unknown_key") synchronise().catch(() => {});
  if (!claims) return { read_as: "token", verdict };
  const { code, maskedName, birthYear, plate, commune } = claims;
  const papers = { masked_name: maskedName, birth_year: birthYear, plate, commune };
  const now = Date.now();
  if (isPermit(code)) return { read_as: "permit", code, facts: papers, ...judgedPermit(claims, synced, now) };
  const judgement = judged(claims, synced, await crossedHere(code), now);
  return { read_as: "token", code, papers, ahead: claims.issuedAt > now + 60000, ...judgement };
}

let made = { from: null, keys: null };

/** The keys are made once for each list. */
async function keys(synced) {
  const from = JSON.stringify(synced.keys ?? []);
  if (made.from !== from) made = { from, keys: keysOf(synced.keys ?? []) };
  return made.keys;
}

/** The text without what scanners add: blanks, a symbology identifier, marks of the encoding. */
export function plainScan(text) {
  const bare = (each) => each.replace(/^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$/g, "");
  return bare(bare(text).replace(/^(?:\][A-Za-z][0-9A-Za-z])?(?:\\\d{6})*/, ""));
}

function after(milliseconds) {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** Reads and verifies the token of a pass, or of a permit, without network. `docs/token.md` says how one is made. */

const PREFIX = "TNP1:";
const LONGEST = 400; // characters; no token of ours is longer
const SIGN1 = 18;
const ES256 = -7;
const ALGORITHM = 1, KEY_ID = 4; // labels of the header
const ISSUED_BY = 1, EXPIRES_AT = 4, ISSUED_AT = 6, TOKEN_ID = 7, PAPERS = -65537; // labels of the claims
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Half of P-256's order. Of the two signatures that hold, a token has the one with the lower second half. */
const LOWER_HALF = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
const VERIFYING = { name: "ECDSA", hash: "SHA-256" };
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const DEEPEST = 16;

/** A token is not genuine; `verdict` says in which way. */
class NotGenuine extends Error {
  constructor(verdict) {
    super(verdict);
    this.verdict = verdict;
  }
}

/** Whether a scanned text is to be read as a token. */
export function isLikeToken(text) {
  return /^TNP\d*:/i.test(text);
}

/**
 * The keys of `GET /v1/keys` or of the sync, to be made once.
 *
 * @param {{kid: string, kty: string, crv: string, x: string, y: string}[]} listed
 * @returns {Promise<Map<string, CryptoKey>>} By the key's id.
 */
export async function keysOf(listed) {
  const made = listed.map(async ({ kid, kty, crv, x, y }) => [
    kid,
    await crypto.subtle.importKey("jwk", { kty, crv, x, y }, CURVE, false, ["verify"]),
  ]);
  return new Map(await Promise.all(made));
}

/**
 * Whether a key of the list signed this text, and what it says. Whether the pass is revoked, used or over is not judged.
 *
 * @param {Map<string, CryptoKey>} keys
 * @param {string} issuer The province's, as the stage's settings have it.
 * @returns {Promise<{verdict: "genuine" | "unreadable" | "unknown_key" | "forged", claims?: Claims}>}
 * @typedef {{code: string, issuedAt: number, expiresAt: number, maskedName: string, birthYear: number, plate: string,
 *   commune: string, times?: {days: number, fromMinute: number, untilMinute: number}}} Claims `code` with hyphens, times
 *   in milliseconds since 1970. Only a permit has `times`.
 */
export async function verify(text, keys, issuer) {
  try {
    return { verdict: "genuine", claims: await verified(text, keys, issuer) };
  } catch (error) {
    // What untrusted bytes can do to a reader: wrong types, numbers that are too large, text that is no UTF-8.
    return { verdict: error instanceof NotGenuine ? error.verdict : "forged" };
  }
}

async function verified(text, keys, issuer) {
  const { message, parts } = takenApart(text);
  const [head, , body, signature] = parts;
  if (![head, body, signature].every((each) => each instanceof Uint8Array)) forged();
  const header = cbor(head);
  if (!(header instanceof Map) || !(header.get(KEY_ID) instanceof Uint8Array)) forged();
  const key = keys.get(base64url(header.get(KEY_ID)));
  // No forgery: this device has not synchronised.
  if (!key) throw new NotGenuine("unknown_key");
  if (header.size !== 2 || header.get(ALGORITHM) !== ES256) forged();
  // One token, one text: no bytes behind it, nothing in the open header, and no other encoding of the same.
  if (!same(message, [0xd2, 0x84, ...bytes(head), 0xa0, ...bytes(body), ...bytes(signature)])) forged();
  if (signature.length !== 64 || number(signature.subarray(32)) > LOWER_HALF) forged();
  const signed = [0x84, 0x6a, ...new TextEncoder().encode("Signature1"), ...bytes(head), 0x40, ...bytes(body)];
  if (!(await crypto.subtle.verify(VERIFYING, key, signature, Uint8Array.from(signed)))) forged();
  return claimsOf(cbor(body), issuer);
}

function takenApart(text) {
  try {
    if (!text.startsWith(PREFIX) || text.length > LONGEST) throw new RangeError(PREFIX);
    const message = base45(text.slice(PREFIX.length));
    const { tag, value } = cbor(message, { more: true });
    if (tag !== SIGN1 || !Array.isArray(value) || value.length !== 4) throw new TypeError("no message");
    return { message, parts: value };
  } catch {
    // A part of a token, or a slip in copying: it accuses nobody.
    throw new NotGenuine("unreadable");
  }
}

function claimsOf(payload, issuer) {
  if (!(payload instanceof Map) || payload.get(ISSUED_BY) !== issuer) forged();
  const [id, issuedAt, expiresAt, papers] = [TOKEN_ID, ISSUED_AT, EXPIRES_AT, PAPERS].map((each) => payload.get(each));
  if (!(id instanceof Uint8Array) || id.length !== 10 || !Array.isArray(papers)) forged();
  const [maskedName, birthYear, plate, commune, ...times] = papers;
  if (typeof maskedName !== "string" || typeof plate !== "string") forged();
  if (![issuedAt, expiresAt, birthYear, commune, ...times].every(Number.isSafeInteger)) forged();
  if (times.length !== 0 && times.length !== 3) forged();
  const claims = {
    code: codeOf(number(id)),
    issuedAt: issuedAt * 1000,
    expiresAt: expiresAt * 1000,
    maskedName,
    birthYear,
    plate,
    commune: String(commune).padStart(5, "0"),
  };
  if (times.length) claims.times = { days: times[0], fromMinute: times[1], untilMinute: times[2] };
  return claims;
}

function forged() {
  throw new NotGenuine("forged");
}

/** The bytes of a base45 text (RFC 9285). */
export function base45(text) {
  if (text.length % 3 === 1) throw new RangeError("base45");
  const raw = [];
  for (let at = 0; at < text.length; at += 3) {
    const values = Array.from(text.slice(at, at + 3), (each) => BASE45.indexOf(each));
    const value = values.reduce((sum, each, place) => sum + each * 45 ** place, 0);
    if (values.includes(-1) || value > (values.length === 3 ? 0xffff : 0xff)) throw new RangeError("base45");
    if (values.length === 3) raw.push(value >> 8);
    raw.push(value & 0xff);
  }
  return Uint8Array.from(raw);
}

/**
 * Reads CBOR (RFC 8949). Each value costs bytes of its own, so the length of the text bounds time and memory.
 *
 * @param {{more?: boolean}} [options] Whether bytes may stand behind the value.
 * @returns A number, string, `Uint8Array`, `Array`, `Map` or `{tag, value}`; of the simple values `null`.
 */
export function cbor(raw, { more = false } = {}) {
  let at = 0;
  const take = (length) => {
    if (!(at + length <= raw.length)) throw new RangeError("cbor");
    at += length;
    return raw.subarray(at - length, at);
  };
  const argument = (low) => {
    if (low < 24) return low;
    if (low > 27) throw new RangeError("cbor"); // an open length: no token of ours has one
    return take(1 << (low - 24)).reduce((value, each) => value * 256 + each, 0);
  };
  const value = (levels) => {
    if (!levels) throw new RangeError("cbor");
    const first = take(1)[0], kind = first >> 5;
    const size = argument(first & 31);
    if (kind === 0) return size;
    if (kind === 1) return -1 - size;
    if (kind === 2) return take(size);
    if (kind === 3) return new TextDecoder("utf-8", { fatal: true }).decode(take(size));
    if (kind === 7) return null;
    if (kind === 6) return { tag: size, value: value(levels - 1) };
    if (size > raw.length) throw new RangeError("cbor");
    if (kind === 4) return Array.from({ length: size }, () => value(levels - 1));
    const found = new Map();
    for (let turn = 0; turn < size; turn++) found.set(value(levels - 1), value(levels - 1));
    if (found.size !== size) throw new RangeError("cbor");
    return found;
  };
  const whole = value(DEEPEST);
  if (at !== raw.length && !more) throw new RangeError("cbor");
  return whole;
}

/** A byte string in CBOR. */
export function bytes(raw) {
  const { length } = raw;
  const head = length < 24 ? [0x40 + length] : length < 256 ? [0x58, length] : [0x59, length >> 8, length & 0xff];
  return [...head, ...raw];
}

function same(raw, others) {
  return raw.length === others.length && raw.every((each, place) => each === others[place]);
}

function number(raw) {
  return raw.reduce((value, each) => (value << 8n) | BigInt(each), 0n);
}

export function base64url(raw) {
  return btoa(String.fromCharCode(...raw)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function codeOf(value) {
  if (value >> 75n) forged();
  const characters = Array.from({ length: 15 }, (_, place) => BASE32[Number((value >> BigInt(5 * (14 - place))) & 31n)]);
  return shown(characters.join("") + checkCharacter(characters));
}

function checkCharacter(characters) {
  let check = 0;
  for (const each of characters) {
    check = (check ^ BASE32.indexOf(each)) << 1;
    if (check > 31) check ^= 37;
  }
  return BASE32[check];
}

/**
 * A typed code as people see it, with hyphens; null if it cannot be one. Any case, blanks and hyphens anywhere, O for 0,
 * I and L for 1.
 */
export function typedCode(text) {
  const plain = text.normalize("NFKC").replace(/[\s\p{Pd}\u200b\ufeff\u00ad]/gu, "").toUpperCase();
  const read = plain.replace(/O/g, "0").replace(/[IL]/g, "1");
  if (read.length !== 16 || [...read].some((each) => !BASE32.includes(each))) return null;
  return checkCharacter([...read.slice(0, 15)]) === read[15] ? shown(read) : null;
}

/** Whether a code is that of a permit: `P` is its 14th character. */
export function isPermit(code) {
  return code.replaceAll("-", "")[13] === "P";
}

function shown(code) {
  return code.replace(/(.{4})(?=.)/g, "$1-");
}

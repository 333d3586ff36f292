/**
 * Judges certificates of vaccination, test and recovery without network, by the trust list of the last sync: `HC1:`,
 * base45, zlib, COSE_Sign1, CWT. The server reads them again: its reading counts.
 */
import { base45, base64url, bytes, cbor } from "./tokens.js";

const PREFIX = "HC1:";
const LONGEST = 4296, LARGEST = 6000; // characters of a QR; bytes behind the compression
const ALGORITHM = 1, KEY_ID = 4;
const ISSUED_BY = 1, EXPIRES_AT = 4, ISSUED_AT = 6, HCERT = -260;
const KINDS = { v: "vaccination", t: "test", r: "recovery" };
const RESULTS = { 260415000: "negative", 260373001: "positive" }; // SNOMED CT
/** By the algorithm of the header: how the key is made, and how it verifies. */
const ALGORITHMS = {
  [-7]: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
  [-37]: [{ name: "RSA-PSS", hash: "SHA-256" }, { name: "RSA-PSS", saltLength: 32 }],
};

/**
 * @param {{kid: string, country: string, public_key: string, uses: string[]}[]} trusted Keys of the trust list.
 * @returns {Promise<object>} `verdict`: `valid`, `expired`, `not_yet_valid`, `forged`, `untrusted` or `unreadable`; and
 *   what it says, as `certificate` of the API's answer has it.
 */
export async function readCertificate(text, trusted, now = Date.now()) {
  let parts, contents;
  try {
    parts = await takenApart(text);
    contents = contentsOf(cbor(parts.body));
  } catch {
    return { verdict: "unreadable" };
  }
  return { ...contents.shown, verdict: await verdictOf(parts, contents, trusted, now) };
}

async function verdictOf(parts, { kind, issuedAt, expiresAt }, trusted, now) {
  const listed = trusted.filter((each) => plain(each.kid) === base64url(parts.keyId));
  if (!listed.length) return "untrusted";
  let key;
  for (const each of listed) if (!key && (await holds(parts, each))) key = each;
  if (!key) return "forged";
  if (!key.uses.includes(kind)) return "untrusted";
  if (issuedAt > now) return "not_yet_valid";
  return expiresAt <= now ? "expired" : "valid";
}

async function holds({ head, body, signature, algorithm }, { public_key }) {
  const [made, verifying] = ALGORITHMS[algorithm];
  const signed = [0x84, 0x6a, ...new TextEncoder().encode("Signature1"), ...bytes(head), 0x40, ...bytes(body)];
  try {
    const der = Uint8Array.from(atob(public_key), (each) => each.charCodeAt(0));
    const key = await crypto.subtle.importKey("spki", der, made, false, ["verify"]);
    return await crypto.subtle.verify(verifying, key, signature, Uint8Array.from(signed));
  } catch {
    return false; // a key of the other kind
  }
}

async function takenApart(text) {
  if (!text.startsWith(PREFIX) || text.length > LONGEST) throw new RangeError(PREFIX);
  let message = cbor(await inflated(base45(text.slice(PREFIX.length))));
  while (message.tag === 61 || message.tag === 18) message = message.value;
  const [head, open, body, signature] = message;
  // The signed header counts.
  const header = new Map([...open, ...(head.length ? cbor(head) : [])]);
  const algorithm = header.get(ALGORITHM);
  if (!(algorithm in ALGORITHMS)) throw new RangeError("algorithm");
  return { head, body, signature, algorithm, keyId: header.get(KEY_ID) ?? new Uint8Array() };
}

async function inflated(raw) {
  const reader = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const found = [];
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    found.push(...value);
    if (found.length > LARGEST) throw new RangeError("too large");
  }
  return Uint8Array.from(found);
}

function contentsOf(claims) {
  const payload = claims.get(HCERT).get(1);
  const [short, kind] = Object.entries(KINDS).find(([each]) => payload.get(each)?.length);
  const entry = payload.get(short)[0];
  const name = payload.get("nam");
  const words = (...names) => names.map((each) => name.get(each)).filter(Boolean).join(" ");
  const expiresAt = claims.get(EXPIRES_AT) * 1000;
  if (!(expiresAt > 0)) throw new TypeError("no end");
  return {
    kind,
    issuedAt: (claims.get(ISSUED_AT) ?? 0) * 1000,
    expiresAt,
    shown: {
      issuer: claims.get(ISSUED_BY) ?? entry.get("co"),
      holder: { full_name: words("fn", "gn") || words("fnt", "gnt").replace(/</g, " "), born: dayOf(payload.get("dob")) },
      [kind]: PROOFS[kind](entry),
    },
  };
}

const PROOFS = {
  vaccination: (entry) => ({
    dose: entry.get("dn"),
    of_doses: entry.get("sd"),
    product: { code: entry.get("mp") },
    on: dayOf(entry.get("dt")),
  }),
  test: (entry) => ({
    name: entry.get("nm") ?? entry.get("tt"),
    result: RESULTS[entry.get("tr")],
    taken_at: String(entry.get("sc")?.value ?? entry.get("sc")),
  }),
  recovery: (entry) => ({ first_positive: dayOf(entry.get("fr")) }),
};

/** A day, a month or a year; some write a time behind it, or tag it as a date. */
function dayOf(value) {
  return String(value?.value ?? value ?? "").slice(0, 10) || undefined;
}

/** Base64 of either alphabet, without what fills it up. */
function plain(text) {
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

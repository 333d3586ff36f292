/** What staff are shown of the answer to a scan: one colour, one word, the facts to compare. */
import { clockTime, dateAndTime } from "../lib/language.js";

/** The colour, the icon and the sound of each verdict: the keys of `verdicts` in `words.js`. */
const TONES = {
  valid: "good",
  leaving: "good",
  certificate_valid: "good",
  stop: "look",
  expired: "look",
  replaced: "look",
  card: "look",
  certificate: "look",
  not_today: "look",
  not_at_this_hour: "look",
  not_at_this_gate: "look",
  test_too_old: "look",
  used: "stop",
  revoked: "stop",
  forged: "stop",
  not_granted: "stop",
  ended: "stop",
};
/** Nobody has a pass of this kind in hand: there is nothing to record. */
const NOTHING = ["forged", "unknown", "mistyped", "unreadable", "unknown_key"];
/** A permit with one of these admits with a reason. */
const OVERRULED = ["not_today", "not_at_this_hour", "not_at_this_gate", "test_too_old"];

/**
 * @param {object} seen As `check` gives it.
 * @param {{direction: "in" | "out", policy?: object, place: (code: string) => string,
 *   nameOf: (id: string) => string}} gate `place` names a commune, `nameOf` a checkpoint.
 * @returns {{verdict: string, tone: string, name: string, code?: string, records: "pass" | "permit" | null,
 *   mayAdmit: boolean, needsReason: boolean, canLeave: boolean, facts: [string, string][], more: [string, string][],
 *   findings: {level: string, text: string}[]}} `facts` and `more` have keys of `facts` in `words.js`.
 */
export function shown(seen, gate) {
  const verdict = verdictOf(seen, gate);
  const kind = seen.read_as === "permit" ? "permit" : ["token", "code", "certificate"].includes(seen.read_as) ? "pass" : null;
  const isHeld = Boolean(seen.code) && !NOTHING.includes(verdict) && seen.verdict;
  const canLeave = Boolean(isHeld) && !seen.left && decisionOf(seen) !== "refuse";
  const isCrossed = kind === "pass" && seen.verdict === "used";
  const grace = (gate.policy?.grace_minutes ?? 0) * 60000;
  const inGrace = verdict === "expired" && Date.now() < Number(new Date(expiryOf(seen) ?? 0)) + grace;
  const isOut = gate.direction === "out";
  const mayAdmit = ["valid", "stop", "unchecked"].includes(verdict) || inGrace || (kind === "permit" && OVERRULED.includes(verdict));
  return {
    verdict,
    tone: TONES[verdict] ?? "unsure",
    name: nameOf(seen),
    code: seen.code,
    records: !isHeld || (isOut ? !canLeave : isCrossed) ? null : kind,
    mayAdmit,
    needsReason: verdict !== "valid" && verdict !== "unchecked",
    canLeave: canLeave && (isOut || (isCrossed && Boolean(seen.may_leave))),
    findings: seen.findings ?? [],
    ...factsOf(seen, gate),
  };
}

function verdictOf(seen, { direction }) {
  if (seen.read_as === "citizen_card" || seen.read_as === "personal_qr") return "card";
  if (seen.read_as === "certificate" && !seen.verdict) {
    return seen.certificate?.verdict === "valid" ? "certificate_valid" : "certificate";
  }
  if (direction === "out" && !NOTHING.includes(seen.verdict) && seen.verdict !== "not_granted") {
    return seen.left || decisionOf(seen) === "refuse" ? "used" : "leaving";
  }
  if (seen.verdict === "valid" && seen.findings?.some((each) => each.level === "stop")) return "stop";
  if (seen.verdict === "expired" && (seen.replaced || seen.by)) return "replaced";
  return seen.verdict ?? "unreadable";
}

/** The decision that holds; undefined if there is none, or the caller may not see it. */
export function decisionOf(seen) {
  return seen.corrections?.at(-1)?.decision ?? seen.crossing?.decision ?? seen.decision;
}

function nameOf(seen) {
  const { person, papers, facts, prefilled, certificate } = seen;
  return (
    person?.full_name ??
    papers?.masked_name ??
    facts?.masked_name ??
    prefilled?.traveller.full_name ??
    certificate?.holder?.full_name ??
    seen.code ??
    ""
  );
}

function expiryOf(seen) {
  return seen.expires_at ?? seen.expiresAt ?? seen.ends_at;
}

function factsOf(seen, { place, nameOf }) {
  const { person, trip, papers, facts: permit, prefilled, certificate } = seen;
  const card = prefilled?.traveller;
  const plate = trip ? trip.transport.plate : (papers?.plate ?? permit?.plate);
  const decided = decisionOf(seen);
  const decidedAt = seen.corrections?.at(-1)?.recorded_at ?? seen.crossing?.recorded_at ?? seen.decidedAt;
  const expiry = expiryOf(seen);
  const isPermit = seen.read_as === "permit";
  const commune = trip?.destination.unit.code ?? papers?.commune;
  return {
    facts: present([
      ["decided", decided && [decided, decidedAt && clockTime(decidedAt), seen.crossing && nameOf(seen.crossing.checkpoint)]],
      ["born", person?.born_in ?? papers?.birth_year ?? permit?.birth_year ?? dayOf(card?.birth_date) ?? card?.birth_year ?? dayOf(certificate?.holder?.born)],
      ["plate", trip || papers || permit ? shownPlate(plate) || null : undefined],
      ["document", person?.identity?.number ?? card?.identity?.number],
      ["employer", permit?.employer],
      ["days", isPermit && daysOf(seen.conditions)],
      ["until", expiry && (isPermit ? dateAndTime(expiry) : clockTime(expiry))],
      ["receipt", seen.identity_held?.receipt],
    ]),
    more: present([
      ["to", trip ? [place(commune), trip.destination.address].filter(Boolean).join(", ") : commune && place(commune)],
      ["code", seen.code],
      ["from", trip && (trip.origin.country ?? place(trip.origin.unit?.code))],
      ["phone", person?.phone],
      ["origin", seen.origin],
      ["arrived", seen.arrival && clockTime(seen.arrival.arrived_at)],
    ]),
  };
}

/** `1990-05-17` as people here write it. */
export function dayOf(text) {
  return text?.split("-").reverse().join("/");
}

function present(rows) {
  return rows.filter(([, value]) => value !== undefined && value !== false && value !== "" && value !== 0);
}

function daysOf(conditions) {
  if (!conditions) return undefined;
  const days = (conditions.days ?? []).map((each) => DAYS[each]).join(" ");
  const hours = conditions.hours ? `${conditions.hours.from}–${conditions.hours.until}` : "";
  return [days, hours].filter(Boolean).join(", ");
}

const DAYS = { monday: "T2", tuesday: "T3", wednesday: "T4", thursday: "T5", friday: "T6", saturday: "T7", sunday: "CN" };

/** A plate as it stands on the vehicle: `70E1-123.45`. */
export function shownPlate(plate) {
  const [, province, letters, digits] = /^(\d\d)([A-Z]{1,2})(\d{4,6})$/.exec(plate ?? "") ?? [];
  if (!digits) return plate ?? "";
  const series = digits.length === 6 ? digits[0] : "";
  const number = digits.slice(series.length);
  return `${province}${letters}${series}-${number.length === 5 ? `${number.slice(0, 3)}.${number.slice(3)}` : number}`;
}

/** What is kept on the device of a name: initials and the last word, as the QR has it. */
export function shortName(seen) {
  const masked = seen.papers?.masked_name ?? seen.facts?.masked_name;
  if (masked) return masked;
  const parts = (seen.person?.full_name ?? "").trim().split(/\s+/);
  return [parts.slice(0, -1).map((each) => each[0]).join(""), parts.at(-1)].filter(Boolean).join(" ");
}

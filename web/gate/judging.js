/** The verdict on a pass or a permit by what this device knows. The order is that of the API's document. */

/** The province's clock: it has no summer time. Milliseconds. */
const PROVINCE = 7 * 3600000;
const DAY = 24 * 3600000;
/** How much a device's clock may be wrong. The province allows the same. */
const TOLERANCE = 60000;

/**
 * @param {import("./tokens.js").Claims} claims
 * @param {object} synced What the device knows.
 * @param {{decision: string, at: number} | undefined} crossed What this device decided.
 * @returns {{verdict: string, expiresAt: number, decision?: string, by?: string, arrivedAt?: number}}
 */
export function judged(claims, synced, crossed, now) {
  const { code } = claims;
  const known = knownOf(code, synced, crossed);
  const expiresAt = known.arrival ? Date.parse(known.arrival.expires_at) : claims.expiresAt;
  const judge = (verdict, more) => ({ verdict, expiresAt, ...more });
  if (known.revoked) return judge("revoked");
  if (known.decision) return judge("used", { decision: known.decision, decidedAt: known.decidedAt });
  if (known.arrival && now < expiresAt) return judge("valid", { arrivedAt: Date.parse(known.arrival.arrived_at) });
  if (known.replaced) return judge("expired", { by: known.replaced.by });
  return judge(now >= expiresAt + TOLERANCE ? "expired" : "valid");
}

/** Of a typed code only what is wrong with it can be known: null if nothing is. */
export function judgedCode(code, synced, crossed) {
  const known = knownOf(code, synced, crossed);
  if (known.revoked) return { verdict: "revoked" };
  if (known.decision) return { verdict: "used", decision: known.decision, decidedAt: known.decidedAt };
  if (known.replaced && !known.arrival) return { verdict: "expired", by: known.replaced.by };
  return null;
}

/** A permit's: whether it may pass now. Its gates and its test are not in the token. */
export function judgedPermit(claims, synced, now) {
  const { code, expiresAt, times } = claims;
  if (synced.permit_revocations?.[code]) return { verdict: "revoked", expiresAt };
  if (now >= expiresAt + TOLERANCE) return { verdict: "ended", expiresAt };
  if (!times) return { verdict: "valid", expiresAt };
  const local = now + PROVINCE;
  const day = (((Math.floor(local / DAY) + 3) % 7) + 7) % 7; // 1970 began with a Thursday; 0 is Monday
  const minute = Math.floor((local % DAY) / 60000);
  const allows = (each) => (times.days >> ((each + 7) % 7)) & 1;
  const overnight = times.untilMinute <= times.fromMinute;
  // Hours after midnight belong to the day on which they began.
  const begun = overnight && minute < times.untilMinute ? day - 1 : day;
  if (!allows(begun)) return { verdict: "not_today", expiresAt };
  const within = overnight
    ? minute >= times.fromMinute || minute < times.untilMinute
    : minute >= times.fromMinute && minute < times.untilMinute;
  return { verdict: within ? "valid" : "not_at_this_hour", expiresAt };
}

function knownOf(code, synced, crossed) {
  const correction = synced.corrections?.[code];
  return {
    revoked: synced.revocations?.[code],
    decision: correction?.decision ?? crossed?.decision,
    decidedAt: correction ? Date.parse(correction.corrected_at) : crossed?.at,
    arrival: synced.arrivals?.[code],
    replaced: synced.replacements?.[code],
  };
}

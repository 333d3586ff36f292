/** What a policy says about one person of a form: the rules of `chalicelib/models/policy/assessments.py`. */

const RISKS = ["low", "medium", "high", "very_high"];
const HOUR = 3600000;

/**
 * @param {object} policy As the sync gives it.
 * @param {object} person As the form has it; `trip` too.
 * @param {string} day Today in the province.
 * @returns {string[]} Ids of findings.
 */
export function findingsOf(policy, person, trip, day, now = Date.now()) {
  const { health } = person;
  const situation = {
    risk: [trip.origin, ...(trip.places_passed ?? [])]
      .map((place) => riskOf(policy, place, day))
      .sort((one, other) => RISKS.indexOf(other) - RISKS.indexOf(one))[0],
    test: testOf(policy, health.test, now),
    same_day: trip.stay_until === day,
    purpose: trip.purpose,
    symptoms: health.symptoms.length > 0,
    contact: health.contact_with_patient || health.contact_with_ill_person || health.contact_with_affected_area,
    doses: health.vaccination?.doses ?? 0,
  };
  const found = policy.rules.filter((rule) => rule.finding && holds(rule.when, situation)).map((rule) => rule.finding);
  return [...new Set(found)];
}

function holds(when, situation) {
  return Object.entries(when).every(([name, wanted]) => {
    if (wanted === null || wanted === undefined) return true;
    if (name === "doses") return wanted[0] <= situation.doses && situation.doses <= wanted[1];
    return Array.isArray(wanted) ? wanted.includes(situation[name]) : wanted === situation[name];
  });
}

function riskOf(policy, place, day) {
  const of = (code) =>
    policy.areas.find(
      (area) => (area.unit ?? area.country) === code && (area.from ?? day) <= day && day <= (area.until ?? day),
    )?.risk;
  if (!place.unit) return of(place.country) ?? policy.abroad_risk;
  return of(place.unit.code) ?? policy.default_risk;
}

function testOf(policy, test, now) {
  if (!test || test.result === "pending") return "missing";
  if (test.result === "positive") return "positive";
  return now - Date.parse(test.taken_at) <= policy.test_valid_hours * HOUR ? "negative" : "missing";
}

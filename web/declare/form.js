/**
 * What somebody has typed so far, and what is sent of it.
 *
 * It is in the tab's own storage: a reload and the back button find it again, and it leaves with the tab.
 */
import { language } from "../lib/language.js";
import { useEffect, useReducer } from "../lib/view.js";
import { born } from "./births.js";

const KEPT = "declaration";
const REMEMBERED = "remembered";
const PLATED = ["car", "motorbike", "truck", "bus"];
const MINOR_UNDER = 18;
const CARD_FROM = 14; // years; a younger person needs no document
const ZONE = "+07:00";

export const MOST_COMPANIONS = 50;

const PERSON = {
  ...{ full_name: "", born: "", gender: "", country: "VN", kind: "cccd", number: "", older_number: "", phone: "" },
  ...{ symptoms: null, contact_with_patient: "", contact_with_ill_person: "", contact_with_affected_area: "" },
  ...{ doses: "", last_date: "", test: "", result: "", taken_at: "" },
};
const TRIP = {
  ...{ abroad: "", province: "", commune: "", from_country: "", destination: "", address: "", host: "", purpose: "" },
  ...{ vehicle: "", plate: "", foreign: false, plate_country: "", service_number: "", seat: "" },
  ...{ minutes: "", checkpoint: "" },
};
const BLANK = {
  /** `plain`, `draft` with its id, or `seat` with its id, number and secret. */
  mode: { kind: "plain" },
  persons: [PERSON],
  trip: TRIP,
  consent: { accepted: false, messages: false, for_minors: "", text_version: "" },
  /** What the API said of fields: `{step, field, detail}`. */
  problems: [],
  /** A request that has no answer yet: sent again, it is the same one. */
  pending: null,
  /** The same for a draft. */
  pendingDraft: null,
  /** The passes, once they are there. */
  done: null,
  remember: false,
};

const listening = new Set();
let form = kept() ?? fresh();

export function current() {
  return form;
}

/** The form, for a component: it is drawn again when the form changes. */
export function useForm() {
  const [, draw] = useReducer((turn) => turn + 1, 0);
  useEffect(() => {
    listening.add(draw);
    return () => listening.delete(draw);
  }, []);
  return form;
}

export function update(changes) {
  form = { ...form, ...changes };
  keep();
  for (const draw of listening) draw();
}

/** Change answers of a step. What the API said of these fields, and a request without an answer, are no more. */
function answer(step, fields, changes) {
  const problems = form.problems.filter((each) => each.step !== step || !fields.includes(each.field));
  update({ ...changes, problems, pending: null, pendingDraft: null });
}

export function changePerson(step, number, changes) {
  const persons = form.persons.map((each, place) => (place === number ? { ...each, ...changes } : each));
  answer(step, Object.keys(changes), { persons });
}

export function changeTrip(step, changes) {
  answer(step, Object.keys(changes), { trip: { ...form.trip, ...changes } });
}

export function changeConsent(changes) {
  answer("consent", Object.keys(changes), { consent: { ...form.consent, ...changes } });
}

export function addCompanion() {
  update({ persons: [...form.persons, { ...PERSON }], pending: null });
  return form.persons.length - 1;
}

export function removeCompanion(number) {
  // Problems of fields name persons by their numbers.
  update({ persons: form.persons.filter((_, place) => place !== number), problems: [], pending: null });
}

/** Begin again. `changes` are what is known already. */
export function restart(changes = {}) {
  update({ ...fresh(), ...changes });
}

export function blankPerson(about = {}) {
  return { ...PERSON, ...about };
}

export function blankTrip(about = {}) {
  return { ...TRIP, ...about };
}

// --- steps ------------------------------------------------------------------------------------------------------------

/** The steps of the form in their order. */
export function steps({ mode, persons } = form) {
  const health = persons.map((_, number) => `health-${number}`);
  if (mode.kind === "seat") return ["seat", "from", "to", ...health, "consent", "check"];
  // Where all are well, the confirmation is the only step.
  if (mode.kind === "draft") return mode.eachPerson ? ["confirm", ...health, "check"] : ["confirm"];
  return ["who", "papers", "from", "to", "vehicle", "gate", "others", ...health, "consent", "check"];
}

/** The fields of a step that are needed and empty, or cannot be read: the names of what to say. */
export function missing(step) {
  const { mode, persons, trip, consent } = form;
  const [kind, number] = step.split("-");
  const person = persons[Number(number ?? 0)];
  const found = [];
  const need = (is, field) => is || found.push(field);
  const isNamed = () => {
    need(person.full_name.trim(), "full_name");
    need(born(person.born), "born");
    need(person.gender, "gender");
  };
  const hasPapers = () => {
    need(person.country, "country");
    need(person.kind === "none" || person.number.trim(), "number");
  };
  if (kind === "who") isNamed();
  if (kind === "papers") {
    hasPapers();
    need(/\d/.test(person.phone), "phone");
  }
  if (kind === "other") {
    isNamed();
    hasPapers();
  }
  if (kind === "others") need(persons.every((_, place) => !place || !missing(`other-${place}`).length), "companions");
  if (kind === "seat") {
    need(person.gender, "gender");
    hasPapers();
  }
  if (kind === "from") {
    need(trip.abroad === "yes" ? trip.from_country : trip.province, trip.abroad === "yes" ? "from_country" : "province");
  }
  if (kind === "to") {
    if (mode.kind !== "seat") need(trip.destination, "destination");
    need(trip.address.trim(), "address");
    need(trip.purpose, "purpose");
  }
  if (kind === "vehicle") {
    need(trip.vehicle, "vehicle");
    need(!hasPlate() || trip.plate.trim(), "plate");
    need(!hasPlate() || !trip.foreign || trip.plate_country, "plate_country");
  }
  if (kind === "gate" || kind === "confirm") need(trip.minutes && trip.minutes !== "later", "minutes");
  if (kind === "health") {
    need(person.symptoms, "symptoms");
    for (const each of CONTACTS) need(person[each], each);
    need(!Number(person.doses) || person.last_date, "last_date");
    need(!person.test || person.result, "result");
    need(!person.test || person.taken_at, "taken_at");
  }
  if (kind === "consent" || kind === "confirm") {
    need(consent.accepted, "accepted");
    need(!hasMinor() || consent.for_minors, "for_minors");
  }
  return found;
}

export const CONTACTS = ["contact_with_patient", "contact_with_ill_person", "contact_with_affected_area"];

export function hasPlate() {
  return PLATED.includes(form.trip.vehicle);
}

/** Whether somebody in the form is a minor, or is so young that no document is asked for. */
export function hasMinor() {
  return form.persons.some((each) => ageOf(each) < MINOR_UNDER);
}

export function needsNoDocument(person) {
  return ageOf(person) <= CARD_FROM;
}

function ageOf(person) {
  const birth = born(person.born);
  const year = birth && (birth.birth_year ?? Number(birth.birth_date.slice(0, 4)));
  return year ? new Date().getFullYear() - year : Infinity;
}

// --- what is sent -----------------------------------------------------------------------------------------------------

/** @param {number} ahead By how many milliseconds the province's clock is ahead of this one. */
export function request(lists, ahead) {
  const { mode, persons, trip, consent } = form;
  const arrival = arrivalIn(Number(trip.minutes) || 0, ahead);
  const agreed = {
    accepted: consent.accepted,
    messages: consent.messages,
    text_version: consent.text_version,
    ...(hasMinor() && consent.for_minors && { for_minors: consent.for_minors }),
  };
  if (mode.kind === "draft") {
    const body = { health: persons.map(healthOf), expected_arrival: arrival, consent: agreed };
    return { path: `/v1/drafts/${mode.id}/confirmation`, body };
  }
  const from = originOf(trip, lists.version);
  const common = { address: trip.address.trim(), ...text("host", trip.host) };
  if (mode.kind === "seat") {
    const { gender, nationality, identity } = personOf(persons[0]);
    const about = { gender, nationality, ...(identity && { identity }), health: healthOf(persons[0]) };
    return {
      path: `/v1/manifest-seats/${mode.id}/${mode.number}`,
      headers: { "X-Seat-Secret": mode.secret },
      body: {
        ...{ ...about, origin: from, ...common, purpose: trip.purpose, consent: agreed, language: language() },
        // Without one it is that of the bus.
        ...(Number(trip.minutes) && { expected_arrival: arrival }),
      },
    };
  }
  const whole = persons.map((each) => ({ ...personOf(each), health: healthOf(each) }));
  const body = {
    traveller: whole[0],
    companions: whole.slice(1),
    trip: { ...routeOf(trip, lists.version), expected_arrival: arrival },
    consent: agreed,
    language: language(),
  };
  return { path: "/v1/declarations", body };
}

/** The form as a draft has it. */
export function draftBody(lists, day, time, remind) {
  const persons = form.persons.map(personOf);
  const when = { expected_day: day, ...(time && { expected_time: time }) };
  const trip = { ...routeOf(form.trip, lists.version), ...when };
  return { traveller: persons[0], companions: persons.slice(1), trip, language: language(), remind };
}

function routeOf(trip, version) {
  const to = { unit: { list_version: version, code: trip.destination }, address: trip.address.trim() };
  return {
    origin: originOf(trip, version),
    destination: { ...to, ...text("host", trip.host) },
    transport: {
      kind: trip.vehicle,
      ...(hasPlate() && { plate: trip.plate.trim(), ...(trip.foreign && { plate_country: trip.plate_country }) }),
      ...text("service_number", trip.service_number),
      ...text("seat", trip.seat),
    },
    purpose: trip.purpose,
    ...text("checkpoint", trip.checkpoint === "unknown" ? "" : trip.checkpoint),
  };
}

function originOf(trip, version) {
  if (trip.abroad === "yes") return { country: trip.from_country };
  return { unit: { list_version: version, code: trip.commune || trip.province } };
}

function personOf(person) {
  return {
    full_name: person.full_name.trim(),
    ...born(person.born),
    gender: person.gender,
    nationality: person.country,
    ...(person.kind !== "none" && { identity: { kind: person.kind, number: person.number.trim() } }),
    ...(person.kind === "cccd" && text("older_number", person.older_number)),
    ...text("phone", person.phone),
  };
}

function healthOf(person) {
  const { doses, last_date, test, result, taken_at } = person;
  const health = { symptoms: person.symptoms ?? [] };
  for (const each of CONTACTS) health[each] = person[each] === "yes";
  if (doses !== "") health.vaccination = { doses: Number(doses), ...(Number(doses) && { last_date }) };
  if (test) health.test = { kind: test, result, taken_at: `${taken_at}:00${ZONE}` };
  return health;
}

function text(name, value) {
  return value.trim() && { [name]: value.trim() };
}

/** A whole minute, rounded down: an hour ahead is not too far ahead. */
function arrivalIn(minutes, ahead) {
  const moment = Date.now() + ahead + minutes * 60000;
  return new Date(moment - (moment % 60000)).toISOString();
}

/** Where a field is, by its JSON pointer: the step, and the name of its input. */
export function placeOf(pointer) {
  let [first, ...rest] = pointer.split("/").slice(1);
  let number = 0;
  if (first === "companions" && rest.length) {
    number = Number(rest[0]) + 1;
    [first, ...rest] = rest.slice(1);
  } else if (first === "traveller" || first === "trip") {
    [first, ...rest] = rest;
  } else if (first === "health" && /^\d+$/.test(rest[0])) {
    number = Number(rest.shift());
  }
  const { kind } = form.mode;
  const about = number ? `other-${number}` : kind === "seat" ? "seat" : null;
  switch (first) {
    case "full_name":
    case "gender":
      return { step: about ?? "who", field: first };
    case "birth_year":
    case "birth_date":
      return { step: about ?? "who", field: "born" };
    case "nationality":
      return { step: about ?? "papers", field: "country" };
    case "identity":
    case "older_number":
      return { step: about ?? "papers", field: "number" };
    case "phone":
      return { step: about ?? "papers", field: "phone" };
    case "health": {
      const [group, part] = rest;
      const named = { vaccination: part === "doses" ? "doses" : "last_date", test: part === "taken_at" ? "taken_at" : "test" };
      return { step: `health-${number}`, field: named[group] ?? group ?? "symptoms" };
    }
    case "origin":
      return { step: "from", field: form.trip.abroad === "yes" ? "from_country" : "province" };
    case "destination":
      return { step: "to", field: ["address", "host"].includes(rest[0]) ? rest[0] : "destination" };
    case "address":
    case "host":
    case "purpose":
      return { step: "to", field: first };
    case "transport":
      return { step: "vehicle", field: rest[0] === "kind" ? "vehicle" : (rest[0] ?? "vehicle") };
    case "checkpoint":
      return { step: "gate", field: "checkpoint" };
    case "expected_arrival":
      return { step: kind === "draft" ? "confirm" : "gate", field: "minutes" };
    case "expected_day":
    case "expected_time":
      return { step: "later", field: first };
    case "companions":
      return { step: "others", field: "companions" };
    case "consent":
      return { step: kind === "draft" ? "confirm" : "consent", field: rest[0] in form.consent ? rest[0] : "accepted" };
    default:
      return { step: "check", field: "" };
  }
}

// --- what is kept -----------------------------------------------------------------------------------------------------

/** Who somebody is, if they asked to be remembered on this device. No health answers are in it. */
export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED));
  } catch {
    return null;
  }
}

export function rememberOwn() {
  const [own] = form.persons;
  const { full_name, born: birth, gender, country, kind, number, older_number, phone } = own;
  const { vehicle, plate, foreign, plate_country } = form.trip;
  const person = { full_name, born: birth, gender, country, kind, number, older_number, phone };
  write("localStorage", REMEMBERED, { person, trip: { vehicle, plate, foreign, plate_country } });
}

export function forgetOwn() {
  try {
    localStorage.removeItem(REMEMBERED);
  } catch {
    // There is nothing then, either.
  }
}

function fresh() {
  const own = remembered();
  return {
    ...BLANK,
    persons: [blankPerson(own?.person)],
    trip: blankTrip(own?.trip),
    remember: own !== null,
    wasRemembered: own !== null,
  };
}

function kept() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT));
    // It may be of a former release, without the newest fields.
    return found && { ...BLANK, ...found, persons: found.persons.map(blankPerson), trip: blankTrip(found.trip) };
  } catch {
    return null;
  }
}

function keep() {
  write("sessionStorage", KEPT, form);
}

function write(storage, name, value) {
  try {
    window[storage].setItem(name, JSON.stringify(value));
  } catch {
    // Some browsers forbid it. What was typed then lasts as long as the page.
  }
}

/** The form that staff take, apart from its view: its fields, what is missing, and the body of the request. */

export const WITH_PLATE = ["motorbike", "car", "truck", "bus"];
/** A person whose fields are empty. */
export const PERSON = { name: "", born: "", gender: "", number: "", isWell: "", symptoms: [], contacts: [] };
export const EMPTY = {
  ...PERSON, phone: "", companions: [], origin: "", commune: "", address: "", transport: "motorbike", plate: "",
  purpose: "", agreed: [],
};
/** A person who is surely older has a document. (The form has only the year of birth.) */
const WITH_DOCUMENT = 14;
/** The field of this page for each pointer of the API's: of the trip, and of a person. */
const FIELDS = {
  "/trip/origin/unit/code": "origin", "/trip/destination/unit/code": "commune", "/trip/destination/address": "address",
  "/trip/transport/plate": "plate", "/trip/purpose": "purpose",
};
const OF_PERSON = {
  full_name: "name", birth_year: "born", birth_date: "born", gender: "gender", "identity/number": "number",
  identity: "number", phone: "phone", health: "isWell",
};

/** What is missing: a text for each field, by its name. */
export function missing(form, words) {
  const needed = ["origin", "commune", "address", "purpose"];
  if (WITH_PLATE.includes(form.transport)) needed.push("plate");
  const found = {};
  const persons = [["", form], ...form.companions.map((each, place) => [beforeOf(place), each])];
  for (const [before, person] of persons) Object.assign(found, missingOf(person, words, before));
  for (const each of needed.filter((name) => !form[name].trim())) found[each] = words.missing(words.short[each] ?? words[each]);
  if (!form.agreed.includes("accepted")) found.agreed = words.mustAgree;
  return found;
}

function missingOf(person, words, before) {
  const needed = ["name", "born", "gender", "isWell"];
  if (new Date().getFullYear() - Number(person.born) > WITH_DOCUMENT) needed.push("number");
  const whose = before && person.name.trim() ? `${person.name.trim()}: ` : "";
  const empty = needed.filter((each) => !person[each].trim());
  const found = Object.fromEntries(empty.map((each) => [before + each, whose + words.missing(words.short[each] ?? words[each])]));
  const isUnclear = person.isWell === "no" && !person.symptoms.length && !person.contacts.length;
  if (isUnclear) found[`${before}symptoms`] = whose + words.missing(words.symptoms);
  return found;
}

/** What the names of a companion's fields begin with. */
export function beforeOf(place) {
  return `companion-${place}-`;
}

/** The errors of the API: a text for each field, by its name. Others are left out. */
export function named(errors) {
  const found = {};
  for (const { pointer, detail } of errors) {
    const [, place, member] = /^\/(?:traveller|companions\/(\d+))\/(.+)$/.exec(pointer) ?? [];
    const own = OF_PERSON[member] ?? OF_PERSON[member?.split("/")[0]];
    const name = own ? (place ? beforeOf(place) : "") + own : FIELDS[pointer];
    if (name) found[name] = detail;
  }
  return found;
}

/** The persons of a body, in its order. */
export function everyone({ traveller, companions = [] }) {
  return [traveller, ...companions];
}

/** The form as the body that the API takes. */
export function whole(form, places, gate) {
  const unit = (code) => ({ list_version: places.list, code });
  const hasPlate = WITH_PLATE.includes(form.transport);
  return {
    traveller: { ...personOf(form), ...(form.phone.trim() && { phone: form.phone.trim() }) },
    ...(form.companions.length && { companions: form.companions.map(personOf) }),
    trip: {
      origin: { unit: unit(form.origin) },
      destination: { unit: unit(form.commune), address: form.address.trim() },
      transport: { kind: form.transport, ...(hasPlate && { plate: form.plate.trim() }) },
      purpose: form.purpose,
      // They stand here.
      expected_arrival: new Date().toISOString(),
      checkpoint: gate.checkpoint,
    },
    consent: { accepted: true, messages: form.agreed.includes("messages"), text_version: places.consent.version },
  };
}

function personOf(form) {
  const number = form.number.replace(/\s/g, "").toUpperCase();
  const kind = /^\d{12}$/.test(number) ? "cccd" : /^\d{9}$/.test(number) ? "cmnd" : "passport";
  const isIll = form.isWell === "no";
  const has = (each) => isIll && form.contacts.includes(each);
  return {
    full_name: form.name.trim(),
    ...(form.birthDate?.startsWith(form.born) ? { birth_date: form.birthDate } : { birth_year: Number(form.born) }),
    gender: form.gender,
    nationality: form.nationality ?? "VN",
    ...(number && { identity: form.identity?.number === number ? form.identity : { kind, number } }),
    ...(form.olderNumber && { older_number: form.olderNumber }),
    health: {
      symptoms: isIll ? form.symptoms : [],
      contact_with_patient: has("patient"),
      contact_with_ill_person: has("ill_person"),
      contact_with_affected_area: has("affected_area"),
    },
  };
}

/** What a card says of its holder, in the fields of this page. */
export function fromCard(card) {
  if (!card) return {};
  return {
    name: card.full_name ?? "",
    born: String(card.birth_year ?? card.birth_date?.slice(0, 4) ?? ""),
    birthDate: card.birth_date,
    gender: card.gender ?? "",
    number: card.identity?.number ?? "",
    identity: card.identity,
    nationality: card.nationality,
    olderNumber: card.older_number,
    phone: card.phone ?? "",
  };
}

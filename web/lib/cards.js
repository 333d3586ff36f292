/** What the QR of a citizen card says. */

const GENDERS = { Nam: "male", Nữ: "female" };

/**
 * `number|older number|name|DDMMYYYY|gender|address|DDMMYYYY`, as cards since 2021 have it. Later ones append fields.
 */
export function cardOf(text) {
  const [number, older, name, birth, gender] = text.split("|").map((each) => each.trim());
  if (!/^\d{12}$/.test(number) || !name || !/^\d{8}$/.test(birth ?? "")) return null;
  return {
    full_name: name.normalize("NFC"),
    born: `${birth.slice(0, 2)}/${birth.slice(2, 4)}/${birth.slice(4)}`,
    gender: GENDERS[gender?.normalize("NFC")] ?? "",
    country: "VN",
    kind: "cccd",
    number,
    older_number: /^(\d{9}|\d{12})$/.test(older) ? older : "",
  };
}

/** The holder, as the API's `prefilled` has them. @returns {object | null} */
export function travellerOf(text) {
  const card = cardOf(text);
  if (!card) return null;
  const { full_name, born, gender, country, kind, number, older_number } = card;
  const [day, month, year] = born.split("/");
  const date = `${year}-${month}-${day}`;
  const birth = isDate(date) ? { birth_date: date } : { birth_year: Number(year) };
  return { full_name, ...birth, gender, nationality: country, identity: { kind, number }, older_number };
}

/** Whether the calendar has the day: browsers read 31 February as 3 March. */
function isDate(text) {
  const read = Date.parse(text);
  return !Number.isNaN(read) && new Date(read).toISOString().startsWith(text);
}

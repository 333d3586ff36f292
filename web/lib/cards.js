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

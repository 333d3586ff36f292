/** Births as people write them. */

/** `1990`, `17/5/1990` or `17051990`, as the API has it; null for anything else. */
export function born(text) {
  const plain = text.trim();
  if (/^\d{4}$/.test(plain)) return { birth_year: Number(plain) };
  const [, day, month, year] = /^(\d{1,2})\D+(\d{1,2})\D+(\d{4})$/.exec(plain) ?? /^(\d\d)(\d\d)(\d{4})$/.exec(plain) ?? [];
  if (!year) return null;
  const written = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const date = new Date(`${written}T00:00:00Z`);
  // The thirty-first of a month that has thirty days would be another day.
  return Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== written ? null : { birth_date: written };
}

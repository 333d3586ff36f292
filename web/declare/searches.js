/** Places as people type them: a few letters, without accents. */

/** Only letters and digits, without accents: "Phường An Hòa" becomes "phuong an hoa". */
export function plain(text) {
  const letters = text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[đĐ]/g, "d").toLowerCase();
  return letters.replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/** The options in which each word that was typed begins a word; first those whose name has them in this order. */
export function search(options, typed) {
  const wanted = plain(typed).split(" ").filter(Boolean);
  if (!wanted.length) return [];
  const found = [];
  for (const option of options) {
    const name = plain(option.text);
    const words = ` ${name} ${plain(option.more ?? "")}`;
    if (!wanted.every((each) => words.includes(` ${each}`))) continue;
    const phrase = ` ${wanted.join(" ")}`;
    const rank = ` ${name} `.endsWith(`${phrase} `) ? 0 : ` ${name}`.includes(phrase) ? 1 : 2;
    found.push({ option, rank });
  }
  return found.sort((one, other) => one.rank - other.rank).map((each) => each.option);
}

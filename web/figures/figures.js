/** What is in an answer of `GET /v1/public/statistics`. */

/** Counts of a table by the parts of its first unit, and of the units below each. */
export class Table {
  constructor(table, definition) {
    this.name = table.table;
    this.definition = definition;
    this.total = table.coverage === "counted" || table.coverage === "partly" ? table.total : null;
    this.late = table.late;
    this.isAllHidden = table.all_hidden;
    this.cells = table.cells ?? [];
  }

  /** The cells of a depth, below a cell or of the whole: `[part, count]`, with `null` for what is hidden. */
  parts(...above) {
    return this.cells
      .filter(({ cell }) => cell.length === above.length + 1 && above.every((part, place) => cell[place] === part))
      .map(({ cell, count, hidden }) => [cell.at(-1), hidden ? null : count]);
  }

  /** The count of a cell: `null` if it is hidden. */
  count(...cell) {
    if (this.isAllHidden) return null;
    const found = this.cells.find((each) => each.cell.length === cell.length && each.cell.every((part, place) => part === cell[place]));
    return found ? (found.hidden ? null : found.count) : 0;
  }
}

/** The tables of a day, by name. */
export function tablesOf(day, definitions) {
  const defined = new Map(definitions.map((each) => [each.table, each]));
  return new Map(day.tables.map((each) => [each.table, new Table(each, defined.get(each.table))]));
}

/** Days before or after a day: `shift("2021-07-20", -6)`. */
export function shift(day, days) {
  const moment = new Date(`${day}T12:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}

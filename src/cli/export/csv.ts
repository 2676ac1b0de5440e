/** RFC 4180: what a field may hold only between quotes. */
const SPECIAL = /[",\r\n]/;
/** Not allowed there in any form, but for tabs and line ends; some of these drive a terminal. */
const CONTROL = /[^\P{Cc}\t\r\n]/gu;

/**
 * Whether what follows would begin a formula in a spreadsheet, or looks as if it had been kept from it.
 * Bounded: a message may be a million blanks.
 */
const FORMULA = `(?=(?:[^\\S\\t\\r\\n]|"){0,16}['=+\\-@＝＋－＠])`;
/**
 * Where a spreadsheet begins a cell: where we do; and where it takes `;` or a tab for what divides cells,
 * as many do for their country, also behind one of these or a line's end, since then quotes do not hold
 * a cell together.
 */
const CELL = "(?<=^|[\\t\\r\\n;])";
const UNGUARDED = new RegExp(CELL + FORMULA, "gu");
const GUARD = new RegExp(`${CELL}'${FORMULA}`, "gu");

/** One record with the end of its line. */
export function csvRecord(cells: readonly string[]): string {
  return `${cells.map(csvField).join(",")}\r\n`;
}

function csvField(text: string): string {
  const safe = guardFormulas(text.replace(CONTROL, "\ufffd"));
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** An apostrophe before each, so that it is text. */
export function guardFormulas(text: string): string {
  return text.replace(UNGUARDED, "'");
}

/** The text that was guarded. */
export function unguardFormulas(text: string): string {
  return text.replace(GUARD, "");
}

const YEAR_1_MS = Date.parse("0001-01-01T00:00:00.000Z");
const YEAR_9999_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** PostgreSQL's text holds neither NUL nor half a surrogate pair: each becomes U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\uFFFD");
}

/**
 * A date that PostgreSQL takes as ISO 8601. Git stores any number as a date, and one odd commit must
 * not stop its repository: outside of the years 1 to 9999 the nearest of them, and 1970 for what
 * cannot be read, as git itself shows it.
 */
export function storableDate(text: string): Date {
  const farYear = /^([+-]?)\d{5,}-/.exec(text); // JavaScript reads only some of those
  const far = farYear?.[1] === "-" ? -Infinity : Infinity;
  const ms = farYear === null ? Date.parse(text) : far;
  return new Date(Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, YEAR_1_MS), YEAR_9999_MS));
}

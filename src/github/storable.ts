import { DATE_MAX, DATE_MIN } from "../domain/commit.js";

/** PostgreSQL's text holds neither NUL nor half a surrogate pair: each becomes U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\uFFFD");
}

/** ISO 8601 as GitHub writes it, with a year of any length. `Date.parse` would guess, in the zone of here. */
const DATE =
  /^([+-]?)(\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):?(\d\d))$/;

/**
 * A date that PostgreSQL, JavaScript and RFC 3339 all hold, in whole seconds, as git has them. Git stores
 * any number as a date, and one odd commit must not stop its repository: outside of the years 1 to 9999
 * the nearest of them, and 1970 for what cannot be read, as git itself shows it.
 */
export function storableDate(text: string): Date {
  const [match, sign, digits, month, day, hour, minute, second, way, hours, minutes] =
    DATE.exec(text) ?? [];
  if (match === undefined) return new Date(0);
  const year = Number(digits) * (sign === "-" ? -1 : 1);
  if (year > 9_999) return DATE_MAX;
  if (year < 0) return DATE_MIN;
  const date = new Date(0);
  date.setUTCFullYear(year, Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const offsetMinutes = Number(hours ?? 0) * 60 + Number(minutes ?? 0);
  const ms = date.getTime() - offsetMinutes * 60_000 * (way === "-" ? -1 : 1);
  return new Date(Math.min(Math.max(ms, DATE_MIN.getTime()), DATE_MAX.getTime()));
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTH_MS = 30.44 * DAY_MS;
const YEAR_MS = 365.25 * DAY_MS;

const UNITS = [
  ["year", YEAR_MS],
  ["month", MONTH_MS],
  ["day", DAY_MS],
  ["hour", HOUR_MS],
  ["minute", MINUTE_MS],
  ["second", SECOND_MS],
] as const;

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });
const ABSOLUTE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });
const JUST_NOW_MS = 5 * SECOND_MS;

/** `3 min. ago`, `in 2 hr.`, `just now`. */
export function relativeTime(iso: string, now: number): string {
  const ms = Date.parse(iso) - now;
  if (Math.abs(ms) < JUST_NOW_MS) return ms > 0 ? "now" : "just now";
  const [unit, unitMs] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? ["second", SECOND_MS];
  return RELATIVE.format(Math.trunc(ms / unitMs), unit);
}

/** With its zone, for who wants to know exactly. */
export const absoluteTime = (iso: string): string => ABSOLUTE.format(new Date(iso));

/** A day in UTC, as the server counts them. */
export const dayOf = (iso: string): string => DAY.format(new Date(iso));

/** `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return joined(hours, "h", minutes % 60, "min");
  return joined(Math.floor(hours / 24), "d", hours % 24, "h");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

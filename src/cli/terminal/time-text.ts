const MINUTE_MS = 60_000;

/** The units of `relativeTime`: the last one that it is at least so much of. */
const UNITS = [
  { name: "s", ms: 1_000, from: 1 },
  { name: "min", ms: MINUTE_MS, from: 1.5 },
  { name: "h", ms: 60 * MINUTE_MS, from: 1.5 },
  { name: "d", ms: 24 * 60 * MINUTE_MS, from: 2 },
  { name: "y", ms: 365.25 * 24 * 60 * MINUTE_MS, from: 2 },
] as const;
const NOW_MS = 1_000;

/** No text of `relativeTime` is wider, within a thousand years. */
export const RELATIVE_WIDTH_MAX = "in 89 min".length + 1;

/** `2026-01-31 12:00:00+01:00`: in the zone of this machine, which it names. */
export function zonedTime(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + offset * MINUTE_MS).toISOString();
  const parts = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60];
  const [hours, minutes] = parts.map((part) => String(part).padStart(2, "0"));
  return `${local.slice(0, -5).replace("T", " ")}${offset < 0 ? "-" : "+"}${hours}:${minutes}`;
}

/** `3 min ago`, `in 2 h`. */
export function relativeTime(date: Date, nowMs = Date.now()): string {
  const ms = nowMs - date.getTime();
  const lengthMs = Math.abs(ms);
  if (lengthMs < NOW_MS) return "now";
  const unit = UNITS.findLast(({ ms: unitMs, from }) => lengthMs >= from * unitMs) ?? UNITS[0];
  const length = `${Math.floor(lengthMs / unit.ms)} ${unit.name}`;
  return ms < 0 ? `in ${length}` : `${length} ago`;
}

/** As the API gives it. */
export function dateOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

import { InvalidArgumentError } from "@commander-js/extra-typings";

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const SECONDS_MAX = 30 * 24 * 3_600;

/** A date, a date with a time, or how long ago: `90s`, `30m`, `12h`, `7d`, `2w`. As ISO 8601. */
export function parseDate(text: string): string {
  const ago = /^(\d{1,6})([smhdw])$/.exec(text);
  if (ago !== null) {
    const unitMs = UNIT_MS[ago[2] as keyof typeof UNIT_MS];
    return new Date(Date.now() - Number(ago[1]) * unitMs).toISOString();
  }
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError("A date is like 2026-01-31, 2026-01-31T12:00:00Z or 7d (ago).");
  }
  return date.toISOString();
}

export function parseLimit(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 1.");
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0 && seconds <= SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`It must be a number of seconds, ${SECONDS_MAX} at most.`);
}

export function parseOid(text: string): string {
  if (/^(?:[\da-f]{40}|[\da-f]{64})$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("It must be a whole object id: 40 hex digits, or 64.");
}

import type { RateAccount, RequestOutcome } from "../../domain/rate-account.js";

/** The database's clock, read between two looks at ours. */
export interface ClockReading {
  readonly beforeMs: number;
  readonly databaseMs: number;
  readonly afterMs: number;
}

/** The database tells whole milliseconds. */
const ROUNDING_MS = 1;

/**
 * A time of ours by the database's clock: the same time where the two clocks agree as far as the
 * reading shows, else never one too early.
 */
export function toDatabaseClock(time: Date, reading: ClockReading): Date {
  if (agree(reading)) return time;
  return new Date(time.getTime() + reading.databaseMs - reading.beforeMs);
}

/** A time of the database's by our clock, in the same way. */
export function toOurClock(time: Date, reading: ClockReading): Date {
  if (agree(reading)) return time;
  return new Date(time.getTime() - reading.databaseMs + reading.afterMs);
}

export function outcomeByDatabaseClock(
  outcome: RequestOutcome,
  reading: ClockReading,
): RequestOutcome {
  if (outcome.kind === "nothing") return outcome;
  const limits = limitsByDatabaseClock(outcome.limits, reading);
  if (outcome.kind === "answered") return { ...outcome, limits };
  const { retryAt } = outcome;
  return { ...outcome, limits, retryAt: retryAt && toDatabaseClock(retryAt, reading) };
}

export function limitsByDatabaseClock<Limits extends { readonly resetAt: Date | undefined }>(
  limits: Limits,
  reading: ClockReading,
): Limits {
  const { resetAt } = limits;
  return { ...limits, resetAt: resetAt && toDatabaseClock(resetAt, reading) };
}

export function accountByOurClock<Account extends RateAccount>(
  account: Account,
  reading: ClockReading,
): Account {
  const { resetAt, pausedUntil } = account;
  return {
    ...account,
    resetAt: resetAt && toOurClock(resetAt, reading),
    pausedUntil: pausedUntil && toOurClock(pausedUntil, reading),
  };
}

function agree({ beforeMs, databaseMs, afterMs }: ClockReading): boolean {
  return databaseMs >= beforeMs - ROUNDING_MS && databaseMs <= afterMs + ROUNDING_MS;
}

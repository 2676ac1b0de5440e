/** Commits that landed on GitHub together. Times are milliseconds since 1970. */
export interface Push {
  readonly at: number;
  /** When its commits were made, by their own account. Never empty. */
  readonly dates: readonly number[];
}

/** What happens to one repository, and what only an oracle knows of it. */
export interface SimulatedRepository {
  /** Oldest first. */
  readonly pushes: readonly Push[];
  /** Commits a second in the long run. */
  readonly trueRate: number;
  /** How much busier than that it is at a time of day and week; 1 on average. */
  readonly busyness: (at: number) => number;
}

/** When the repositories are added, when the measurement begins and when it ends. */
export interface Period {
  readonly startAt: number;
  readonly measureAt: number;
  readonly endAt: number;
}

export interface World {
  readonly name: string;
  readonly repositories: readonly SimulatedRepository[];
  readonly period: Period;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** As much history as a first pull leaves in the rates. */
export const HISTORY = 70 * DAY;

/** Added on a Monday, measured from Tuesday (one day later, unless told). */
export function periodOf(warmUpDays: number, days: number): Period {
  const startAt = Date.UTC(2026, 0, 5);
  const measureAt = startAt + warmUpDays * DAY;
  return { startAt, measureAt, endAt: measureAt + days * DAY };
}

import type { CheckIntervalBounds } from "../domain/check-interval.js";
import type { Database } from "../store/database.js";
import { countTracked } from "../store/repository-store.js";

/**
 * A request about 50 heads takes GitHub about five seconds, and at most 45 of every 60 may be spent
 * (https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api):
 * 450 repositories a minute, whatever their number.
 */
const REPOSITORIES_PER_MINUTE = 450;
const KEPT_MS = 30_000;

/** How often repositories are checked, given how many there are. */
export type CheckPace = () => Promise<CheckIntervalBounds>;

/** The configured bounds, the longest interval shortened to what a full round takes. */
export function createCheckPace(
  { database, bounds }: { database: Database; bounds: CheckIntervalBounds },
  now: () => number = Date.now,
): CheckPace {
  let known: { count: number; at: number } | null = null;
  return async () => {
    if (known === null || now() - known.at > KEPT_MS) {
      known = { count: await countTracked(database.primary), at: now() };
    }
    return paceFor(known.count, bounds);
  };
}

export function paceFor(count: number, bounds: CheckIntervalBounds): CheckIntervalBounds {
  const { checkIntervalMsMin, checkIntervalMsMax } = bounds;
  const roundMs = Math.max((count * 60_000) / REPOSITORIES_PER_MINUTE, checkIntervalMsMin);
  return { checkIntervalMsMin, checkIntervalMsMax: Math.min(roundMs, checkIntervalMsMax) };
}

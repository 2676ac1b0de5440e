import type { Repository } from "./repository.js";

/** Why what is stored of a repository may not be what GitHub has. */
export const STALE_REASONS = [
  "FIRST_HISTORY",
  "FETCHING",
  "CHECK_FAILED",
  "OVERDUE",
  "PAUSED",
  "UNAVAILABLE",
  "GIVEN_UP",
  "REMOVED",
] as const;
export type StaleReason = (typeof STALE_REASONS)[number];

/** What is known of a repository's head, and when that was. */
export interface Currency
  extends Pick<Repository, "id" | "state" | "attempts" | "lastCheckedAt" | "nextCheckAt"> {
  /** When GitHub was last asked for the head itself; other checks ask what was pushed when. */
  readonly lookedAt: Date | null;
  /** By GitHub, as told with the head. */
  readonly pushedAt: Date | null;
  /** The head that was seen last is not stored whole. */
  readonly isBehind: boolean;
  readonly now: Date;
}

export interface Freshness {
  readonly isFresh: boolean;
  readonly headCheckedAt: Date | null;
  readonly nextCheckAt: Date | null;
  readonly lagSeconds: number | null;
  /** Null while it is fresh. */
  readonly reason: StaleReason | null;
}

/** A check takes its time from when it is due. */
const OVERDUE_MS = 60_000;

const REASON_OF_STATE: Partial<Record<Repository["state"], StaleReason>> = {
  PENDING: "FIRST_HISTORY",
  BACKFILLING: "FIRST_HISTORY",
  PAUSED: "PAUSED",
  UNAVAILABLE: "UNAVAILABLE",
  FAILED: "GIVEN_UP",
  REMOVED: "REMOVED",
};

/** How far what is stored of a repository is behind GitHub, as far as that can be known. */
export function freshnessOf(known: Currency): Freshness {
  const reason = reasonOf(known);
  const { nextCheckAt, now } = known;
  const headCheckedAt = lastSeenAt(known);
  // What was pushed then is still missing.
  const since = known.isBehind ? (known.pushedAt ?? headCheckedAt) : headCheckedAt;
  const isCounted = since !== null && reason !== "FIRST_HISTORY" && reason !== "REMOVED";
  const lagMs = isCounted ? Math.max(0, now.getTime() - since.getTime()) : null;
  return {
    isFresh: reason === null,
    ...{ headCheckedAt, nextCheckAt, reason },
    lagSeconds: lagMs === null ? null : Math.floor(lagMs / 1_000),
  };
}

function reasonOf({ state, isBehind, attempts, nextCheckAt, now }: Currency): StaleReason | null {
  const ofState = REASON_OF_STATE[state];
  if (ofState !== undefined) return ofState;
  if (attempts > 0) return "CHECK_FAILED";
  if (isBehind) return "FETCHING";
  const isOverdue = nextCheckAt === null || now.getTime() - nextCheckAt.getTime() > OVERDUE_MS;
  return isOverdue ? "OVERDUE" : null;
}

/** A check that went well has told the head, or that nothing was pushed since. */
function lastSeenAt({ attempts, lastCheckedAt, lookedAt }: Currency): Date | null {
  if (attempts > 0 || lastCheckedAt === null) return lookedAt;
  return lookedAt !== null && lookedAt > lastCheckedAt ? lookedAt : lastCheckedAt;
}

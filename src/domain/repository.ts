import type { Oid } from "./commit.js";
import type { Untold } from "./untold.js";
import type { WorkReason } from "./work.js";

/**
 * ```
 * PENDING ─► BACKFILLING ─► ACTIVE        first check, walk, complete at headOid
 *    ├────► EMPTY ───────────┘            no commits yet; the first push is picked up
 *    └────► UNAVAILABLE                   not found, private, blocked: checked ever more rarely
 * ```
 */
export const REPOSITORY_STATES = [
  "PENDING",
  "BACKFILLING",
  "ACTIVE",
  "PAUSED",
  "EMPTY",
  "UNAVAILABLE",
  "FAILED",
] as const;
export type RepositoryState = (typeof REPOSITORY_STATES)[number];

/** As the API shows them: what is removed is still pointed to, by old events and by who followed it. */
export const SHOWN_STATES = [...REPOSITORY_STATES, "REMOVED"] as const;
export type ShownState = (typeof SHOWN_STATES)[number];

/** A repository as the API shows it. */
export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly state: ShownState;
  readonly generation: number;
  readonly trackFrom: Date | null;
  readonly defaultBranch: string | null;
  readonly isArchived: boolean;
  readonly isPrivate: boolean;
  /** The stored set is complete at this head. */
  readonly headOid: Oid | null;
  /** Reachable stored commits. */
  readonly commitCount: number;
  /** Failures in a row. */
  readonly attempts: number;
  readonly lastError: string | null;
  readonly lastCheckedAt: Date | null;
  readonly lastFetchedAt: Date | null;
  /** Null while nothing is due. */
  readonly nextCheckAt: Date | null;
  /** From the last check to the next; null before the first, and while nothing is due. */
  readonly checkIntervalMs: number | null;
  readonly checkReason: WorkReason;
  readonly createdAt: Date;
}

/** Where a repository's walk stands; read under its row lock. */
export interface Walk {
  readonly repositoryId: number;
  readonly generation: number;
  readonly nodeId: string | null;
  /** As GitHub wrote them last. */
  readonly owner: string;
  readonly name: string;
  readonly trackFrom: Date | null;
  readonly state: RepositoryState;
  readonly headOid: Oid | null;
  readonly observedOid: Oid | null;
  /** Heads, and parents of stored commits, that must still be fetched. */
  readonly frontier: readonly Oid[];
  /** Of the frontier, and of what was passed, what is to be asked for (`passed.ts`). */
  readonly wanted: readonly Oid[];
  /** Something passed is to be stored. */
  readonly hasAdmitted: boolean;
  /** Passed, and not decided yet. */
  readonly undecidedCount: number;
  readonly untold: readonly Untold[];
  /** A first history with this tracking start has come to its end. */
  readonly isStartFound: boolean;
  /** Heads observed earlier that no newly reachable commit has led back to yet. */
  readonly unmetOids: readonly Oid[];
  /** Stored commits that are reachable. */
  readonly commitCount: number;
  /** Stored commits that are unreachable now. */
  readonly orphanedCount: number;
  /** Orphans that the walk under way has made reachable again. */
  readonly restoredCount: number;
  /** Decaying count of landed commits, as of `rateAt` (`commit-rate.ts`). */
  readonly rateWeight: number;
  readonly rateAt: Date;
  readonly lastCommitAt: Date | null;
  readonly createdAt: Date;
  /** GitHub's time of the last push, as told with the head when that was last asked for. */
  readonly pushedAt: Date | null;
  readonly lookedAt: Date | null;
  readonly watchedUntil: Date | null;
  /** The walk under way: its start, and GitHub's cursor after its last stored page. */
  readonly walkOid: Oid | null;
  readonly walkAfter: string | null;
  /** GitHub was asked to count the history of `observedOid`. */
  readonly isCounted: boolean;
}

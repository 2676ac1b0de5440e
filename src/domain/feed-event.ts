import type { Oid, StoredCommit } from "./commit.js";
import type { Repository } from "./repository.js";

export const INGEST_KINDS = ["LIVE", "BACKFILL"] as const;
export type IngestKind = (typeof INGEST_KINDS)[number];

/** One committed transaction: what it stored and what it made unreachable. */
export interface FeedEvent {
  /** Rises by exactly 1 from event to event, in the order the transactions committed. */
  readonly sequence: bigint;
  readonly kind: IngestKind;
  /** As it was when the event was read. */
  readonly repository: Repository;
  /** The head at which the stored set is complete after this event; null while the first walk lasts. */
  readonly headOid: Oid | null;
  readonly ingestedAt: Date;
  /** Stored by this event, in GitHub's order: newest first. */
  readonly commits: readonly StoredCommit[];
  /** Made unreachable by a rewrite of history; they stay stored. */
  readonly orphanedOids: readonly Oid[];
  /** Announced earlier, orphaned since, and reachable again. */
  readonly restoredOids: readonly Oid[];
  /** Both of these by the keys of their authors (`feed-filter.ts`). */
  readonly oidsByAuthor: ReadonlyMap<string, RewrittenOids>;
}

/** Where a filtered subscriber stands while others' events pass: nothing of its own up to here. */
export interface Bookmark {
  readonly sequence: bigint;
  readonly kind: "BOOKMARK";
  readonly repository: null;
  readonly headOid: null;
  readonly ingestedAt: Date;
  readonly commits: readonly [];
  readonly orphanedOids: readonly [];
  readonly restoredOids: readonly [];
}

export function bookmarkAt(sequence: bigint, now: Date): Bookmark {
  const nothing = { commits: [], orphanedOids: [], restoredOids: [] } as const;
  return {
    ...nothing,
    ...{ sequence, kind: "BOOKMARK", repository: null, headOid: null, ingestedAt: now },
  };
}

export type RewrittenOids = Pick<FeedEvent, "orphanedOids" | "restoredOids">;

/** A piece of the feed, as a filter shows it. */
export interface FeedPage {
  /** Ascending. */
  readonly events: readonly FeedEvent[];
  /** Everything of interest up to here is in `events` or was before them: where to go on. */
  readonly position: bigint;
  /** Nothing else was there when it was read. */
  readonly isEnd: boolean;
}

import type { Oid, StoredCommit } from "../domain/commit.js";
import { TrackerError } from "../domain/errors.js";
import { EVERYTHING, type FeedFilter } from "../domain/feed-filter.js";
import type { FeedReader } from "../fanout/feed-reader.js";
import { type Database, onPrimary } from "../postgres/database.js";
import { findCommit } from "../store/commits/commit-reader.js";

export interface AwaitCommitDependencies {
  readonly database: Database;
  readonly reader: FeedReader;
  /** False when it is not tracked any more. */
  readonly requestCheck: (repositoryId: number) => Promise<boolean>;
  readonly watch: (repositoryIds: ReadonlySet<number>) => () => void;
}

export interface AwaitedCommit {
  readonly repositoryId: number;
  readonly oid: Oid;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the commit is stored, or with null when the time is over or the signal aborts. Has the
 * repository checked at once, and more often for as long as it waits. Between its first look at the
 * database and its last it waits on the feed.
 */
export async function awaitCommit(
  { database, reader, requestCheck, watch }: AwaitCommitDependencies,
  { repositoryId, oid, timeoutMs, signal }: AwaitedCommit,
): Promise<StoredCommit | null> {
  const find = () => findCommit(onPrimary(database), repositoryId, oid);
  let position = reader.position(); // before the look: what it does not find comes after
  const stored = await find();
  if (stored !== null) return stored;
  if (!(await requestCheck(repositoryId))) {
    const message = "This repository is not tracked any more.";
    throw new TrackerError("NOT_FOUND", message, { field: "repository" });
  }
  const unwatch = watch(new Set([repositoryId]));
  const waiting = new AbortController();
  const end = () => waiting.abort();
  const timer = setTimeout(end, timeoutMs);
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const filter: FeedFilter = { ...EVERYTHING, repositoryIds: new Set([repositoryId]) };
  try {
    for (;;) {
      const page = await reader.next(position, filter, waiting.signal);
      if (page === null) return signal.aborted ? null : await find();
      const isTold = page.events.some(
        ({ commits, restoredOids }) =>
          commits.some((commit) => commit.oid === oid) || restoredOids.includes(oid),
      );
      const found = isTold ? await find() : null;
      if (found !== null) return found;
      position = page.position;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    unwatch();
  }
}

import { TrackerError } from "../../domain/errors.js";
import { type FeedEvent, INGEST_KINDS, type IngestKind } from "../../domain/feed-event.js";
import type { FeedFilter } from "../../domain/feed-filter.js";
import { openFeedStream, requireWithin } from "../../fanout/feed-stream.js";
import type { ApiDependencies } from "../dependencies.js";
import {
  parseSequence,
  requireAuthor,
  requireRepositoryIds,
  requireSome,
} from "../paging/arguments.js";

export interface FeedArguments {
  readonly after?: string | null;
  readonly repositories?: readonly string[] | null;
  readonly kinds?: readonly IngestKind[] | null;
  readonly author?: string | null;
  readonly bookmarks?: boolean | null;
}

/** What one subscriber asked of the feed, checked. As an iterable it is that part of the feed. */
export class FeedSubscription implements AsyncIterable<FeedEvent> {
  constructor(
    private readonly api: ApiDependencies,
    readonly filter: FeedFilter,
    /** The last sequence that the subscriber has seen. */
    readonly after: bigint,
    /** Whether it is told where it stands while others' events pass. */
    readonly hasBookmarks: boolean,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Counts the subscriber, and what it follows as worth a closer look, until the function is called.
   */
  attend(): () => void {
    const { metrics, watch } = this.api;
    const unwatch = watch(this.filter.repositoryIds ?? new Set());
    metrics.subscribers.inc();
    let isAttending = true;
    return () => {
      if (!isAttending) return;
      isAttending = false;
      metrics.subscribers.dec();
      unwatch();
    };
  }

  /** A `return()` ends it even while it waits for its next event. */
  [Symbol.asyncIterator](): AsyncIterator<FeedEvent, void, undefined> {
    const leaving = new AbortController();
    const leave = this.attend();
    const close = () => {
      leave();
      this.signal.removeEventListener("abort", close);
      leaving.abort();
    };
    if (this.signal.aborted) close();
    else this.signal.addEventListener("abort", close, { once: true });
    const { filter, after, api } = this;
    const { signal } = leaving;
    async function* events(): AsyncGenerator<FeedEvent, void, undefined> {
      try {
        yield* openFeedStream(api, { after, filter, signal });
      } finally {
        close();
      }
    }
    const stream = events();
    return {
      next: () => stream.next(),
      async return() {
        close();
        return await stream.return();
      },
    };
  }
}

/** Checks a subscriber's arguments: `BAD_USER_INPUT`, `NOT_FOUND` or `CURSOR_EXPIRED`, naming which. */
export async function openFeedSubscription(
  api: ApiDependencies,
  { after, repositories, kinds, author, bookmarks }: FeedArguments,
  signal: AbortSignal,
): Promise<FeedSubscription> {
  const position = after == null ? api.reader.position() : parseSequence(after);
  requireSome(kinds, "kinds");
  requireIngestKinds(kinds);
  const repositoryIds =
    repositories == null ? null : await requireRepositoryIds(api.database, repositories);
  await requireWithin(api, position);
  const filter: FeedFilter = {
    repositoryIds,
    kinds: kinds == null ? null : new Set(kinds),
    author: author == null ? null : requireAuthor(author),
    scope: api.scope,
  };
  return new FeedSubscription(api, filter, position, bookmarks === true, signal);
}

function requireIngestKinds(kinds: FeedArguments["kinds"]): void {
  if (kinds?.every((kind) => INGEST_KINDS.includes(kind)) ?? true) return;
  const message = "`kinds` are those of commits; ask for bookmarks with `bookmarks: true`.";
  throw new TrackerError("BAD_USER_INPUT", message, { field: "kinds" });
}

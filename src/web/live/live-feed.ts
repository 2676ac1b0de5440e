import type { Client, CombinedError } from "@urql/preact";
import { codeOf } from "../client/error-code.js";
import { createStore, type Store } from "../client/store.js";
import {
  type CommitLineFragment,
  FeedPlaceDocument,
  FollowDocument,
  type FollowSubscription,
} from "../operations.generated.js";

type FeedEvent = FollowSubscription["commitsIngested"];

export type FeedRow =
  | { readonly kind: "commit"; readonly key: string; readonly commit: CommitLineFragment }
  | { readonly kind: "rewrite"; readonly key: string; readonly event: FeedEvent }
  | { readonly kind: "gap"; readonly key: string };

export interface FeedView {
  /** Newest first. */
  readonly rows: readonly FeedRow[];
  /** Rows that have come since it was opened, those that were let go included. */
  readonly cameCount: number;
  readonly isOpen: boolean;
  readonly error: CombinedError | undefined;
}

export interface LiveFeed {
  readonly view: Store<FeedView>;
  close(): void;
}

/** Events that lie before it is begun with, so that it does not begin empty. */
const EVENTS_BEFORE = 200n;
const ROWS_MAX = 20_000;
const DRAWN_EVERY_MS = 100; // a replay brings thousands of events a second
const ASK_AGAIN_MS = 2_000;

/** Follows what is pushed to these repositories, or to all: each event once, for as long as it takes. */
export function openLiveFeed(client: Client, repositories: readonly string[]): LiveFeed {
  const view = createStore<FeedView>({ rows: [], cameCount: 0, isOpen: false, error: undefined });
  let waiting: FeedRow[] = [];
  let cursor: string | null = null;
  let stop = () => {};
  let drawing: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  function draw(): void {
    drawing = undefined;
    const { rows, cameCount, ...rest } = view.get();
    const next = [...waiting.reverse(), ...rows].slice(0, ROWS_MAX);
    view.set({ ...rest, rows: next, cameCount: cameCount + waiting.length });
    waiting = [];
  }

  function add(rows: readonly FeedRow[]): void {
    waiting.push(...rows);
    drawing ??= setTimeout(draw, DRAWN_EVERY_MS);
  }

  function fail(error: CombinedError): void {
    if (isClosed) return;
    stop();
    if (codeOf(error) === "CURSOR_EXPIRED") {
      cursor = cursorBeyond(error);
      add([{ kind: "gap", key: `gap ${Date.now()}` }]);
    } else if (isOfAnotherFeed(error)) {
      cursor = null;
      view.set({ ...view.get(), rows: [] });
    } else {
      view.set({ ...view.get(), error });
    }
    again = setTimeout(begin, ASK_AGAIN_MS);
  }

  function begin(): void {
    if (cursor !== null) {
      follow(cursor);
      return;
    }
    const place = client.query(FeedPlaceDocument, {}, { requestPolicy: "network-only" });
    void place.toPromise().then(({ data, error }) => {
      if (isClosed) return;
      if (error !== undefined || data === undefined) return error && fail(error);
      follow(startOf(data.feed));
    });
  }

  function follow(after: string): void {
    cursor = after;
    view.set({ ...view.get(), isOpen: true, error: undefined });
    const named = repositories.length === 0 ? {} : { repositories };
    const source = client.subscription(FollowDocument, { after, ...named });
    const { unsubscribe } = source.subscribe(({ data, error }) => {
      if (error !== undefined) return fail(error);
      if (data === undefined) return;
      cursor = data.commitsIngested.cursor;
      add(rowsOf(data.commitsIngested));
    });
    stop = unsubscribe;
  }

  begin();
  return {
    view,
    close() {
      isClosed = true;
      clearTimeout(drawing);
      clearTimeout(again);
      stop();
    },
  };
}

/** Where the feed goes on behind what is not kept, or was lost. */
function cursorBeyond({ graphQLErrors: [first] }: CombinedError): string | null {
  const oldest = first?.extensions.oldestSequence;
  return typeof oldest === "string" ? String(BigInt(oldest) - 1n) : null;
}

/** The cursor lies beyond the feed's end: the tracker has begun again with nothing. */
const isOfAnotherFeed = ({ graphQLErrors: [first] }: CombinedError): boolean =>
  first?.extensions.code === "BAD_USER_INPUT" && first.extensions.field === "after";

/** Where one begins who has seen nothing, or for whom what comes next is no longer kept. */
function startOf(feed: { sequence: string; oldestSequence: string | null }): string {
  const wanted = BigInt(feed.sequence) - EVENTS_BEFORE;
  const first = feed.oldestSequence === null ? 0n : BigInt(feed.oldestSequence) - 1n;
  return String(wanted > first ? wanted : first > 0n ? first : 0n);
}

/** Oldest first: what comes later is put above. */
function rowsOf(event: FeedEvent): FeedRow[] {
  const commits = event.commits
    .map((commit): FeedRow => ({ kind: "commit", key: `${event.sequence} ${commit.id}`, commit }))
    .reverse();
  const isRewrite = event.orphanedOids.length > 0 || event.restoredOids.length > 0;
  return isRewrite ? [...commits, { kind: "rewrite", key: event.sequence, event }] : commits;
}

import { createClient } from "graphql-ws";
import WebSocket from "ws";

interface Live {
  readonly commitsIngested: { readonly commits: readonly { readonly oid: string }[] };
}
interface Backfill {
  readonly commitsIngested: {
    readonly headOid: string | null;
    readonly repository: { readonly nameWithOwner: string };
  };
}

const LIVE = "subscription { commitsIngested(kinds: [LIVE]) { commits { oid } } }";
const BACKFILL =
  "subscription { commitsIngested(kinds: [BACKFILL]) { headOid repository { nameWithOwner } } }";

/** What the feed told, and when (milliseconds since 1970). */
export interface FeedWatch extends AsyncDisposable {
  /** By oid: commits of live events. */
  readonly seenAt: ReadonlyMap<string, number>;
  /** By `owner/name`: the first event that says that its first history is complete. */
  readonly completeAt: ReadonlyMap<string, number>;
  /** Throws when a subscription has failed: what it would have told is unknown. */
  check(): void;
}

/** Follows `commitsIngested` with the public graphql-ws client. */
export function watchFeed(url: string): FeedWatch {
  const client = createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    lazy: false,
  });
  const seenAt = new Map<string, number>();
  const completeAt = new Map<string, number>();
  const failures: unknown[] = [];
  const follow = <Event>(query: string, take: (event: Event) => void) =>
    client.subscribe<Event>(
      { query },
      {
        next: ({ data, errors }) => {
          if (errors !== undefined) failures.push(...errors);
          if (data) take(data);
        },
        error: (error) => failures.push(error),
        complete: () => {},
      },
    );
  follow<Live>(LIVE, ({ commitsIngested: { commits } }) => {
    for (const { oid } of commits) if (!seenAt.has(oid)) seenAt.set(oid, Date.now());
  });
  follow<Backfill>(BACKFILL, ({ commitsIngested: { headOid, repository } }) => {
    const { nameWithOwner } = repository;
    if (headOid !== null && !completeAt.has(nameWithOwner)) {
      completeAt.set(nameWithOwner, Date.now());
    }
  });
  return {
    seenAt,
    completeAt,
    check() {
      if (failures.length > 0) throw new Error(`the feed failed: ${JSON.stringify(failures[0])}`);
    },
    async [Symbol.asyncDispose]() {
      await client.dispose();
    },
  };
}

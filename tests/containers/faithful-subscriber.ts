import { createClient } from "graphql-ws";
import WebSocket from "ws";

interface Event {
  readonly commitsIngested: {
    readonly cursor: string;
    readonly sequence: string;
    readonly commits: readonly { readonly oid: string }[];
  };
}

const QUERY = `subscription ($after: String) {
  commitsIngested(after: $after) { cursor sequence commits { oid } }
}`;

/** What a client has that keeps its cursor and comes back with it, as README's does. */
export interface FaithfulSubscriber extends AsyncDisposable {
  /** In the order they came. */
  readonly sequences: readonly string[];
  /** By oid: milliseconds since 1970. */
  readonly seenAt: ReadonlyMap<string, number>;
  /** Those that came more than once. */
  readonly repeated: readonly string[];
  /** How often it had to come back. */
  reconnects(): number;
}

/** Each time it comes back it asks for the address anew. */
export function followFeed(url: string | (() => string), key: string): FaithfulSubscriber {
  const sequences: string[] = [];
  const repeated: string[] = [];
  const seenAt = new Map<string, number>();
  let connects = 0;
  const client = createClient({
    url: () => `${(typeof url === "string" ? url : url()).replace(/^http/, "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (error) => (error as { code?: number }).code !== 4_403,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 200)),
    keepAlive: 2_000,
    on: { connected: () => (connects += 1) },
  });
  const variables: { after: string } = { after: "0" };
  const unsubscribe = client.subscribe<Event>(
    { query: QUERY, variables },
    {
      next({ data }) {
        if (!data) return;
        const { cursor, sequence, commits } = data.commitsIngested;
        variables.after = cursor;
        sequences.push(sequence);
        for (const { oid } of commits) {
          if (seenAt.has(oid)) repeated.push(oid);
          else seenAt.set(oid, Date.now());
        }
      },
      error: () => {},
      complete: () => {},
    },
  );
  return {
    sequences,
    seenAt,
    repeated,
    reconnects: () => connects - 1,
    async [Symbol.asyncDispose]() {
      unsubscribe();
      await client.dispose();
    },
  };
}

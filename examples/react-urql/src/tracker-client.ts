import { createClient as createSocketClient } from "graphql-ws";
import { cacheExchange, createClient, fetchExchange, subscriptionExchange } from "urql";

const RETRY_MS = 1_000;

export interface Tracker {
  /** Without a path, such as https://tracker.example.org. */
  readonly url: string;
  readonly key?: string | undefined;
  readonly onConnection: (isConnected: boolean) => void;
}

/** Queries over HTTP; subscriptions over one WebSocket, which comes back by itself. */
export function createTrackerClient({ url, key, onConnection }: Tracker) {
  const { href } = new URL("/graphql", url);
  const headers: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {};
  const socket = createSocketClient({
    url: href.replace(/^http/, "ws"),
    connectionParams: headers,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => (event as { code?: unknown }).code !== 4403, // a refused key stays refused
    retryWait: () => new Promise((done) => setTimeout(done, RETRY_MS * (0.5 + Math.random()))), // not all at once
    on: { connected: () => onConnection(true), closed: () => onConnection(false) },
  });
  const subscriptions = subscriptionExchange({
    forwardSubscription({ query = "", variables }) {
      const payload = { query, variables: { ...variables } as Record<string, unknown> };
      return {
        subscribe: (sink) => ({
          unsubscribe: socket.subscribe<Ingested, Record<string, unknown>>(payload, {
            ...sink,
            next(result) {
              // Sent by whatever connection comes next, so that it goes on from here.
              payload.variables.after = result.data?.commitsIngested.cursor;
              sink.next(result);
            },
          }),
        }),
      };
    },
  });
  return createClient({
    url: href,
    preferGetMethod: false,
    fetchOptions: { headers },
    exchanges: [cacheExchange, fetchExchange, subscriptions],
  });
}

interface Ingested {
  readonly commitsIngested: { readonly cursor: string };
}

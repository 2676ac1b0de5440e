import { type Client, createClient } from "graphql-ws";
import { headersOf, refuse } from "./session.js";
import { createStore } from "./store.js";

/** Of the one WebSocket that everything live comes over. */
export type ConnectionState = "idle" | "connecting" | "live" | "reconnecting";
export const connectionState = createStore<ConnectionState>("idle");
/** Counts connections: what was asked before the latest may be stale. */
export const connectionCount = createStore(0);

const KEY_CODES: readonly unknown[] = [4401, 4403];
const RETRY_MS_MIN = 400;
const RETRY_MS_MAX = 5_000;
const PING_MS = 10_000;
const PONG_MS_MAX = 5_000;

/** The latest; one before it, of another key, may end after it has begun. */
let current: Client | null = null;

/** Connects with the first subscription, and again whenever it is lost, for as long as it takes. */
export function openLiveSocket(key: string | null): Client {
  let deadline: ReturnType<typeof setTimeout> | undefined;
  const tell = (state: ConnectionState) => {
    if (current === client) connectionState.set(state);
  };
  const client = createClient({
    url: new URL("/graphql", location.href.replace(/^http/, "ws")).href,
    connectionParams: headersOf(key),
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => !KEY_CODES.includes(codeOf(event)),
    retryWait: (attempt) => wait(retryMs(attempt)),
    keepAlive: PING_MS,
    on: {
      connecting: (isRetry) => tell(isRetry ? "reconnecting" : "connecting"),
      connected() {
        tell("live");
        connectionCount.set(connectionCount.get() + 1);
      },
      closed(event) {
        clearTimeout(deadline);
        if (KEY_CODES.includes(codeOf(event))) refuse(key);
        tell(codeOf(event) === NORMAL_CLOSE ? "idle" : "reconnecting");
      },
      ping(isReceived) {
        // A line that has gone dead tells nothing by itself.
        if (!isReceived) deadline = setTimeout(() => client.terminate(), PONG_MS_MAX);
      },
      pong: () => clearTimeout(deadline),
    },
  });
  current = client;
  connectionState.set("idle");
  return client;
}

const NORMAL_CLOSE = 1000;

function codeOf(event: unknown): unknown {
  return event instanceof CloseEvent ? event.code : undefined;
}

/** Longer each time, and never at the same moment as everybody else. */
function retryMs(attempt: number): number {
  const steps = Math.min(attempt, 4);
  return Math.min(RETRY_MS_MIN * 2 ** steps, RETRY_MS_MAX) * (0.5 + Math.random() / 2);
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

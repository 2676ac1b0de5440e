import { cacheExchange } from "@urql/exchange-graphcache";
import { Client, fetchExchange, mapExchange, subscriptionExchange } from "@urql/preact";
import type { Client as LiveSocket } from "graphql-ws";
import { CACHE } from "./cache.js";
import { codeOf } from "./error-code.js";
import { openLiveSocket } from "./live-socket.js";
import { forwardResuming } from "./resuming.js";
import { headersOf, refuse } from "./session.js";

export interface TrackerClient {
  readonly urql: Client;
  close(): Promise<void>;
}

/** All that the page knows comes through here; what one operation learns of a thing, every other shows. */
export function openTrackerClient(key: string | null): TrackerClient {
  const socket: LiveSocket = openLiveSocket(key);
  const urql = new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetchOptions: () => ({ headers: headersOf(key) }),
    exchanges: [
      mapExchange({
        onError(error) {
          if (codeOf(error) === "UNAUTHENTICATED") refuse(key);
        },
      }),
      cacheExchange(CACHE),
      subscriptionExchange({ forwardSubscription: forwardResuming(socket) }),
      fetchExchange,
    ],
  });
  return {
    urql,
    async close() {
      try {
        await socket.dispose();
      } catch {
        // Its connection had come to an end by itself.
      }
    },
  };
}

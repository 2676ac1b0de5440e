import { cacheExchange } from "@urql/exchange-graphcache";
import { Client, fetchExchange, mapExchange, subscriptionExchange } from "@urql/preact";
import type { Client as LiveSocket } from "graphql-ws";
import { CACHE } from "./cache.js";
import { codeOf } from "./error-code.js";
import { openLiveSocket } from "./live-socket.js";
import { forwardResuming } from "./resuming.js";
import { keyHeaders, refuseKey } from "./session.js";

export interface TrackerClient {
  readonly urql: Client;
  close(): void;
}

/** All that the page knows comes through here; what one operation learns of a thing, every other shows. */
export function openTrackerClient(): TrackerClient {
  const socket: LiveSocket = openLiveSocket();
  const urql = new Client({
    url: "/graphql",
    preferGetMethod: false,
    fetchOptions: () => ({ headers: keyHeaders() }),
    exchanges: [
      mapExchange({
        onError(error) {
          if (codeOf(error) === "UNAUTHENTICATED") refuseKey();
        },
      }),
      cacheExchange(CACHE),
      subscriptionExchange({ forwardSubscription: forwardResuming(socket) }),
      fetchExchange,
    ],
  });
  return { urql, close: () => void socket.dispose() };
}

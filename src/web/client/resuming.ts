import type { SubscriptionForwarder } from "@urql/preact";
import type { Client as LiveSocket } from "graphql-ws";

type FeedData = Readonly<Record<string, { readonly cursor?: unknown } | null>>;

/**
 * Hands subscriptions to the socket. After a loss of the connection the feed goes on from the last
 * cursor that came: nothing is lost and nothing comes twice.
 */
export function forwardResuming(socket: LiveSocket): SubscriptionForwarder {
  return ({ query = "", variables }) => ({
    subscribe(sink) {
      let after: unknown;
      const payload = {
        query,
        // Read again with each connection.
        get variables() {
          return after === undefined ? variables : { ...variables, after };
        },
      };
      const unsubscribe = socket.subscribe<FeedData>(payload, {
        next(result) {
          after = cursorIn(result) ?? after;
          sink.next(result as Parameters<typeof sink.next>[0]);
        },
        error: (fault) => sink.error(fault),
        complete: () => sink.complete(),
      });
      return { unsubscribe };
    },
  });
}

function cursorIn({ data }: { readonly data?: FeedData | null | undefined }): unknown {
  return data?.commitsIngested?.cursor;
}

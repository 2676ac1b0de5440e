import type { ServerResponse } from "node:http";

/** Carried by the context of operations, whose clients can leave before they are answered. */
export interface PresenceContext {
  /** Aborts when the client has left, has given the operation up, or this process stops. */
  readonly untilGone?: () => AbortSignal;
}

/** Of an operation over HTTP, as an event stream too: its client is there as long as its answer can go out. */
export function presenceOf(response: ServerResponse, stopping: AbortSignal): PresenceContext {
  return {
    untilGone() {
      const gone = new AbortController();
      const leave = () => {
        stopping.removeEventListener("abort", leave);
        gone.abort();
      };
      response.once("close", leave);
      stopping.addEventListener("abort", leave);
      if (response.closed || stopping.aborted) leave();
      return gone.signal;
    },
  };
}

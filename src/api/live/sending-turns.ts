import { setImmediate as nextTurn } from "node:timers/promises";

/** Sent in one turn of the event loop, by all subscriptions of a process. */
const BYTES_MAX = 4 * 1_024 * 1_024;

/**
 * What is sent to a connection goes out when the turn ends, as one, and is held until then. Who tells
 * many at once, or much, goes on in the next turn when this one has had enough.
 */
export interface SendingTurns {
  /** Counts what was sent; to be awaited where it is a promise, before more is. */
  sent(bytes: number): Promise<void> | undefined;
}

export function createSendingTurns(bytesMax = BYTES_MAX): SendingTurns {
  let bytes = 0;
  let next: Promise<void> | null = null;

  function begin(): void {
    bytes = 0;
    next = null;
  }

  return {
    sent(more) {
      bytes += more;
      next ??= nextTurn().then(begin);
      return bytes > bytesMax ? next : undefined;
    },
  };
}

import { isCongested, isFlushed, type MessageSink, TOO_SLOW } from "./message-sink.js";
import type { SendingTurns } from "./sending-turns.js";

/** Not taking what it was sent in this time is too slow. */
const STALL_MS = 30_000;

/** A subscription under way: its messages go to a sink, past whoever speaks the protocol. */
export interface Delivery {
  /**
   * Never yields: it ends with the subscription, and rejects when a value cannot be told whole, with
   * its error. `return()` ends it at any moment.
   */
  readonly iterator: AsyncIterableIterator<never, void>;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
}

export interface DeliveryParts {
  readonly sink: MessageSink;
  readonly turns: SendingTurns;
  readonly stallMs?: number | undefined;
  readonly onTooSlow: () => void;
}

/** Resolves when there is room again. Rejects with nothing to tell when there never is: it is closed. */
export type UntilTaken = () => Promise<void>;

class TooSlow extends Error {}

/** One subscriber's messages, sent by `run` no faster than they are taken. */
export function delivering(
  { sink, stallMs = STALL_MS, onTooSlow }: DeliveryParts,
  run: (signal: AbortSignal, untilTaken: UntilTaken) => Promise<void>,
): Delivery {
  const leaving = new AbortController();
  const { signal } = leaving;
  const untilTaken = async () => {
    if (isCongested(sink) && !(await isFlushed(sink, stallMs, signal))) throw new TooSlow();
  };
  const delivered = run(signal, untilTaken).catch((error: unknown) => {
    if (!(error instanceof TooSlow)) throw error;
    onTooSlow();
    sink.close(TOO_SLOW.code, TOO_SLOW.reason);
  });
  const leave = async (): Promise<IteratorResult<never, void>> => {
    leaving.abort();
    return { done: true, value: undefined };
  };
  const iterator: AsyncIterableIterator<never, void> = {
    async next() {
      await delivered;
      return { done: true, value: undefined };
    },
    return: leave,
    async throw(error) {
      await leave();
      throw error;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return { iterator, ended: delivered.catch(() => {}) }; // the iterator tells
}

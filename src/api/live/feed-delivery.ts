import { setTimeout as delay } from "node:timers/promises";
import type { FeedEvent } from "../../domain/feed-event.js";
import type { FeedFilter } from "../../domain/feed-filter.js";
import type { FeedReader } from "../../fanout/feed-reader.js";
import type { FeedChannel } from "./feed-channel.js";

/** Where a subscriber's messages go. */
export interface MessageSink {
  /** One message, in two parts. */
  push(head: Buffer, rest: Buffer): void;
  /** Pushed, and not yet taken by the network. */
  readonly bufferedBytes: number;
  /** Resolves when all that was pushed is with the network. */
  flushed(): Promise<void>;
  close(code: number, reason: string): void;
}

export interface FeedDeliveryParts {
  readonly channel: FeedChannel;
  readonly reader: FeedReader;
  readonly filter: FeedFilter;
  /** The last sequence that the subscriber has seen. */
  readonly after: bigint;
  readonly sink: MessageSink;
  /** What stands before the channel's bytes in each message to this subscriber. */
  readonly prefix: Buffer;
  readonly stallMs?: number | undefined;
  readonly onTooSlow: () => void;
}

/** Above this a subscriber is no longer pushed to: it is read for alone, at its own pace. */
const BUFFERED_BYTES_MAX = 128 * 1_024;
/** Not taking that much in this time is too slow. */
const STALL_MS = 30_000;

/** Of 4000–4999, which are ours to choose; clients take it for one after which to come back. */
export const TOO_SLOW = { code: 4413, reason: "Too slow: come back with the last cursor" };

/**
 * One subscriber's events from its cursor on, each once, in order, straight to its socket: what it
 * missed is read for it alone, then the channel pushes. What is buffered for it is bounded by one
 * event more than `BUFFERED_BYTES_MAX`. The iterator never yields: it ends when the subscriber
 * leaves or the reader stops, and rejects when an event cannot be told. `ended` never rejects.
 */
export function deliverFeed(parts: FeedDeliveryParts): {
  iterator: AsyncIterableIterator<never, void>;
  ended: Promise<void>;
} {
  const leaving = new AbortController();
  const delivered = deliver(parts, leaving.signal);
  const ended = delivered.catch(() => {}); // the iterator tells
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
  return { iterator, ended };
}

async function deliver(parts: FeedDeliveryParts, signal: AbortSignal): Promise<void> {
  const { channel, reader, filter, sink, prefix, stallMs = STALL_MS } = parts;
  let position = parts.after;

  function send(event: FeedEvent, message: Buffer): void {
    if (event.sequence <= position) return; // the channel was behind when this one joined
    sink.push(prefix, message);
    position = event.sequence;
  }
  const isCongested = () => sink.bufferedBytes > BUFFERED_BYTES_MAX;

  while (!signal.aborted) {
    if (position >= channel.position) {
      await following(channel, signal, (event, message) => {
        send(event, message);
        return !isCongested();
      });
    } else {
      const step = await reader.next(position, filter, signal);
      if (step === null) return;
      for (const event of step.events) {
        const message = await channel.render(event);
        if (signal.aborted) return;
        send(event, message);
        if (isCongested() && !(await isFlushed(sink, stallMs, signal))) return tooSlow(parts);
      }
      position = step.position;
    }
    if (isCongested() && !(await isFlushed(sink, stallMs, signal))) return tooSlow(parts);
  }
}

/** Resolves when the follower has had enough for now, or is gone. */
function following(
  channel: FeedChannel,
  signal: AbortSignal,
  take: (event: FeedEvent, message: Buffer) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      signal.removeEventListener("abort", end);
      channel.leave(follower);
      resolve();
    };
    const follower = {
      take(event: FeedEvent, message: Buffer) {
        const wantsMore = take(event, message);
        if (!wantsMore) end();
        return wantsMore;
      },
      fail(error: unknown) {
        signal.removeEventListener("abort", end);
        reject(error);
      },
    };
    signal.addEventListener("abort", end, { once: true });
    channel.follow(follower);
  });
}

async function isFlushed(
  sink: MessageSink,
  stallMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const flushed = sink.flushed().then(() => true);
    const over = delay(stallMs, false, { signal: waiting.signal }).catch(() => true);
    return await Promise.race([flushed, over]);
  } finally {
    signal.removeEventListener("abort", stop);
    waiting.abort();
  }
}

function tooSlow({ sink, onTooSlow }: FeedDeliveryParts): void {
  onTooSlow();
  sink.close(TOO_SLOW.code, TOO_SLOW.reason);
}

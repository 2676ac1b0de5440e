import { setTimeout as delay } from "node:timers/promises";
import { UNREAD_BYTES_MAX } from "../http/outflow.js";

/** Where one subscription's messages go, whatever carries them. */
export interface MessageSink {
  /** One message: its payload, an execution result as JSON, the same bytes for everybody. */
  push(payload: Buffer): void;
  /** Pushed, and not yet taken by the network. */
  readonly bufferedBytes: number;
  /** Resolves when all that was pushed is with the network. */
  flushed(): Promise<void>;
  /** Ends the connection, with a code and a reason where it has words for them. */
  close(code: number, reason: string): void;
}

/** Of 4000–4999, which are ours to choose; clients take it for one after which to come back. */
export const TOO_SLOW = { code: 4413, reason: "Too slow: come back with the last cursor" };

/** Nothing more is to be pushed until what was is taken. */
export function isCongested({ bufferedBytes }: MessageSink): boolean {
  return bufferedBytes > UNREAD_BYTES_MAX;
}

/** False where what was pushed is not taken in time. Resolves at once when aborted. */
export async function isFlushed(
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

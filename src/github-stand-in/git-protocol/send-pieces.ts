import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

export interface Sent {
  readonly status: number;
  readonly bytes: number;
}

export interface Sending {
  readonly signal: AbortSignal;
  /** Null: as fast as it goes. */
  readonly bytesPerSecond: number | null;
  /** What becomes of the whole of it before it is sent; null: it is sent as it comes. */
  readonly change: ((whole: Buffer) => Buffer) | null;
  /** Whether half of it is all, and what then. */
  readonly half: "cut" | "stall" | null;
}

const STEPS_A_SECOND = 20;

/** Sends the rest of an answer; ends when all is sent or the client is gone. */
export async function sendPieces(
  response: ServerResponse,
  pieces: AsyncIterable<Buffer>,
  { signal, bytesPerSecond, change, half }: Sending,
): Promise<Sent> {
  const startedAt = performance.now();
  let bytes = 0;
  const send = async (piece: Buffer) => {
    const step =
      bytesPerSecond === null ? piece.length : Math.ceil(bytesPerSecond / STEPS_A_SECOND);
    for (let at = 0; at < piece.length && !response.destroyed; at += step) {
      const part = piece.subarray(at, at + step);
      bytes += part.length;
      if (!response.write(part)) await writable(response);
      const dueMs = bytesPerSecond === null ? 0 : (bytes / bytesPerSecond) * 1_000;
      const waitMs = startedAt + dueMs - performance.now();
      if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => response.destroy());
    }
  };
  if (change === null && half === null) {
    for await (const piece of pieces) {
      await send(piece);
      if (response.destroyed) break;
    }
  } else {
    const all: Buffer[] = [];
    for await (const piece of pieces) all.push(piece);
    const whole = Buffer.concat(all);
    const changed = change === null ? whole : change(whole);
    await send(half === null ? changed : changed.subarray(0, changed.length >> 1));
  }
  if (half === "cut") response.destroy();
  else if (half === null) response.end();
  return { status: 200, bytes };
}

async function writable(response: ServerResponse): Promise<void> {
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race(["drain", "close"].map((event) => once(response, event, { signal }))).catch(
    () => {},
  );
  waiting.abort();
}

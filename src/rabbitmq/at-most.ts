import { setTimeout as delay } from "node:timers/promises";

/** Resolves when the promise has settled, however it did, but after `ms` milliseconds at the latest. */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  const settled = promise.catch(() => {});
  await Promise.race([settled, delay(ms, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
}

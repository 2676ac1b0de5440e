import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits on a fact: runs `check` until it stops throwing and returns what it returned.
 * After `timeoutMs` it throws the last failure.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
    await delay(20);
  }
}

import { setTimeout as delay } from "node:timers/promises";
import { faultOf } from "./fault.js";
import type { Output } from "./output.js";
import { ServerError } from "./server-error.js";

const POLL_MS = 1_000;

/**
 * Asks once a second until `isEnough`, and gives up with null after `timeoutMs`. A server that is away
 * meanwhile is waited for, and said to be away once.
 */
export async function askUntil<Answer>(
  ask: (leftMs: number) => Promise<Answer>,
  isEnough: (answer: Answer) => boolean | Promise<boolean>,
  { timeoutMs, output }: { timeoutMs: number; output: Output },
): Promise<Answer | null> {
  const deadline = performance.now() + timeoutMs;
  let isAway = false;
  for (;;) {
    try {
      const answer = await ask(Math.max(0, deadline - performance.now()));
      isAway = false;
      if (await isEnough(answer)) return answer;
    } catch (error) {
      if (!(error instanceof ServerError) || !error.isPassing) throw error;
      if (!isAway) await output.note(`${faultOf(error).message} Trying again.`);
      isAway = true;
    }
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return null;
    await delay(Math.min(POLL_MS, leftMs));
  }
}

import { setTimeout as delay } from "node:timers/promises";
import { ServerError } from "./client/server-error.js";
import { faultOf } from "./fault.js";
import type { Output } from "./terminal/output.js";

const POLL_MS = 1_000;

/** Nothing is waited for longer when nothing moves, unless it was asked for. */
export const PATIENCE_SECONDS = 300;

/**
 * Asks once a second until `isEnough`, and gives up with null after `timeoutMs`, which `isEnough` may have
 * begin again. A server that is away meanwhile is waited for, and said to be away once.
 */
export async function askUntil<Answer>(
  ask: (leftMs: number) => Promise<Answer>,
  isEnough: (answer: Answer, beginAgain: () => void) => boolean | Promise<boolean>,
  { timeoutMs, output }: { timeoutMs: number; output: Output },
): Promise<Answer | null> {
  let deadline = performance.now() + timeoutMs;
  const beginAgain = () => {
    deadline = performance.now() + timeoutMs;
  };
  let isAway = false;
  for (;;) {
    try {
      const answer = await ask(Math.max(0, deadline - performance.now()));
      isAway = false;
      if (await isEnough(answer, beginAgain)) return answer;
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

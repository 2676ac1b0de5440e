import { setTimeout as delay } from "node:timers/promises";
import { type BudgetLedger, type KnownUser, NOBODY } from "./budget-ledger.js";
import { isShort, mustWait, type Wait } from "./wait.js";

/** Leave to ask whose a token is. Waits for room, and rejects with `GITHUB_RATE_LIMITED` in a pause. */
export async function acquireForNobody(
  {
    ledger,
    now,
    random,
  }: { readonly ledger: BudgetLedger; readonly now: () => number; readonly random: () => number },
  signal: AbortSignal,
): Promise<bigint> {
  for (;;) {
    const acquired = await ledger.acquire(NOBODY.userId, "live");
    if (acquired.granted) return acquired.requestId;
    const { until, reason, account } = acquired;
    const wait: Wait = { until, reason, pauseReason: account.pauseReason };
    if (!isShort(wait, "live", now())) throw mustWait(wait, random);
    await delay(Math.max(0, until.getTime() - now()), undefined, { signal });
  }
}

/** A pause that a token of unknown owner may be part of; null: there is none. */
export function pauseOf(users: readonly KnownUser[]): Wait | null {
  for (const { account } of users) {
    const { pausedUntil: until, pauseReason } = account;
    if (until !== null && pauseReason === "secondary") {
      return { until, reason: "paused", pauseReason };
    }
  }
  return null;
}

import { NO_LIMITS } from "../../src/domain/rate-account.js";
import { GITHUB_PACE, type Pace } from "../../src/domain/rate-pace.js";
import type { BudgetLedger } from "../../src/github/budget-ledger.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { fingerprintOf } from "../../src/github/token.js";

const ANY = Number.POSITIVE_INFINITY;

/** Places only: for tests that ask more of the stand-in than of GitHub, or whose clock stands still. */
export const PLACES_ONLY: Pace = {
  ...GITHUB_PACE,
  requestsPerMinuteMax: ANY,
  msPerMinuteMax: ANY,
};

/** A ledger of this process that knows whose these tokens are: each of a user of its own. */
export async function ledgerThatKnows(
  tokens: readonly string[],
  options: Parameters<typeof createInMemoryBudgetLedger>[0] = {},
): Promise<BudgetLedger> {
  const ledger = createInMemoryBudgetLedger(options);
  for (const [index, token] of tokens.entries()) {
    const user = { userId: BigInt(index + 1), login: `user-${index + 1}` };
    await ledger.register(user, [fingerprintOf(token)], NO_LIMITS);
  }
  return ledger;
}

import type { Logger } from "pino";
import { isTrackerError } from "../domain/errors.js";
import type { BudgetLedger } from "../github/budget-ledger.js";
import { type InspectTokenOptions, inspectToken } from "../github/inspect-token.js";
import { fingerprintOf } from "../github/token.js";

/**
 * Says of each token, in a line, whose it is, what is left of its points and when it ends; or that GitHub
 * refuses it. Asks nothing while GitHub told its user to wait. Never rejects.
 */
export async function announceTokens(
  tokens: readonly string[],
  {
    ledger,
    logger,
    ...request
  }: Omit<InspectTokenOptions, "token"> & { ledger: BudgetLedger; logger: Logger },
): Promise<void> {
  for (const [index, token] of tokens.entries()) {
    const place = { place: index + 1 };
    try {
      const known = await ledger.knownUsers([fingerprintOf(token)]);
      const pausedUntil = known[0]?.account.pausedUntil ?? null;
      if (pausedUntil !== null && pausedUntil.getTime() > Date.now()) {
        logger.warn({ ...place, pausedUntil }, "github token not asked about, github said to wait");
        continue;
      }
      const { login, remaining, limit, expiresAt } = await inspectToken({ ...request, token });
      const facts = { user: login, pointsLeft: remaining, pointsLimit: limit };
      logger.info(
        { ...place, ...facts, expiresAt: expiresAt ?? "never" },
        "github accepts this token",
      );
    } catch (error) {
      if (request.signal.aborted) return;
      const reason = isTrackerError(error) ? error.message : String(error);
      const isRefused = isTrackerError(error, "GITHUB_BAD_CREDENTIALS");
      if (isRefused) logger.error({ ...place, reason }, "github refuses this token");
      else logger.warn({ ...place, reason }, "github token could not be checked");
    }
  }
}

import type { Logger } from "pino";
import { isTrackerError } from "../domain/errors.js";
import type { BudgetLedger, KnownUser } from "../github/budget-ledger.js";
import { type InspectTokenOptions, inspectToken } from "../github/inspect-token.js";
import { pauseOf } from "../github/nobody.js";
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
  let known: readonly KnownUser[];
  try {
    known = await ledger.knownUsers(tokens.map(fingerprintOf));
  } catch (error) {
    logger.warn({ reason: reasonOf(error) }, "github tokens could not be checked");
    return;
  }
  for (const [index, token] of tokens.entries()) {
    const place = { place: index + 1 };
    try {
      const pausedUntil = pausedUntilOf(token, known);
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
      const reason = reasonOf(error);
      const isRefused = isTrackerError(error, "GITHUB_BAD_CREDENTIALS");
      if (isRefused) logger.error({ ...place, reason }, "github refuses this token");
      else logger.warn({ ...place, reason }, "github token could not be checked");
    }
  }
}

/** A token that is nobody's yet may be another one of a user that was told to wait. */
function pausedUntilOf(token: string, known: readonly KnownUser[]): Date | null {
  const user = known.find(({ fingerprints }) => fingerprints.includes(fingerprintOf(token)));
  return user === undefined ? (pauseOf(known)?.until ?? null) : user.account.pausedUntil;
}

function reasonOf(error: unknown): string {
  return isTrackerError(error) ? error.message : String(error);
}

import { isTrackerError } from "../domain/errors.js";
import type { GitFailureReason } from "../git/git-failure.js";
import type { Database } from "../postgres/database.js";
import { pauseTransfers } from "../store/work/transfer-store.js";
import type { HistoriesByGit } from "./histories-by-git.js";

const AWAY_MS = 3_600_000;
/** Git's servers may be behind the API's, and a head may have been rewritten. */
const MISSING_AWAY_MS = 60_000;
/** Where GitHub does not say until when. */
const PAUSE_MS = 60_000;
/** Whatever repository it is about. */
const OF_THIS_PROCESS: ReadonlySet<GitFailureReason> = new Set(["no-git", "no-disk"]);

/**
 * Sees to it that git is left alone after a failure: by everybody where GitHub said to wait, by this process
 * where the fault is here; else returns for how long the repository is.
 */
export async function leaveGit(
  error: unknown,
  reason: GitFailureReason,
  { database, histories }: { readonly database: Database; readonly histories: HistoriesByGit },
): Promise<number | null> {
  const { retryAt, missingOid } = isTrackerError(error) ? error.details : {};
  if (reason === "rate-limited") {
    const forMs = retryAt === undefined ? PAUSE_MS : Math.max(0, retryAt.getTime() - Date.now());
    await pauseTransfers(database.primary, { forMs });
    return null;
  }
  if (OF_THIS_PROCESS.has(reason)) {
    histories.awayUntilMs = Date.now() + AWAY_MS;
    return null;
  }
  return missingOid === undefined ? AWAY_MS : MISSING_AWAY_MS;
}

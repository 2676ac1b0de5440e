import type { Logger } from "pino";
import { type CheckIntervalBounds, retryDelayMs } from "../domain/check-interval.js";
import { ERROR_CODES, isTrackerError } from "../domain/errors.js";
import type { Database } from "../store/database.js";
import { saveFailures } from "../store/repository-store.js";

interface Failed {
  readonly id: number;
  readonly attempts: number;
}

/**
 * Puts a failure where a person sees it, on the repositories it concerns, and sets when to try
 * again. `about`: whether GitHub said it of this repository, or of the request as a whole, which is
 * no evidence that a repository is gone.
 */
export type FailureRecorder = (
  repositories: readonly Failed[],
  error: unknown,
  about: "repository" | "request",
) => Promise<void>;

export function createFailureRecorder({
  database,
  bounds,
  logger,
}: {
  database: Database;
  bounds: CheckIntervalBounds;
  logger: Logger;
}): FailureRecorder {
  return async (repositories, error, about) => {
    const known = isTrackerError(error) ? error : null;
    const { retry, expose, level } = ERROR_CODES[known?.code ?? "INTERNAL"];
    const isGone = known?.code === "GITHUB_NOT_FOUND" && known.details.missingOid === undefined;
    const isUnavailable = about === "repository" && (isGone || known?.code === "GITHUB_FORBIDDEN");
    const waitMs = (known?.details.retryAt?.getTime() ?? 0) - Date.now();
    const repositoryIds = repositories.map(({ id }) => id);
    logger[level]({ err: error, repositoryIds }, "attempt failed");
    await saveFailures(database.primary, {
      reason:
        known !== null && expose ? known.message : "Something went wrong here; the log says what.",
      isUnavailable,
      counts: retry !== "at", // to be told to wait is nobody's failure
      failures: repositories.map(({ id, attempts }) => ({
        id,
        retryInMs: Math.max(waitMs, retryDelayMs(attempts + 1, isUnavailable, bounds)),
      })),
    });
  };
}

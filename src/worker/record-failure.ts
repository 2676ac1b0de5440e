import type { Logger } from "pino";
import { type CheckIntervalBounds, retryDelayMs } from "../domain/check-interval.js";
import { ERROR_CODES, isTrackerError } from "../domain/errors.js";
import type { Database } from "../store/database.js";
import { saveFailure } from "../store/repository-store.js";

/** Puts a failure where a person sees it, on the repository, and sets when to try again. */
export type FailureRecorder = (
  repository: { readonly id: number; readonly attempts: number },
  error: unknown,
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
  return async (repository, error) => {
    const code = isTrackerError(error) ? error.code : "INTERNAL";
    const isUnavailable = code === "GITHUB_NOT_FOUND" || code === "GITHUB_FORBIDDEN";
    const retryAt = isTrackerError(error) ? error.details.retryAt : undefined;
    const waitMs = retryAt === undefined ? 0 : retryAt.getTime() - Date.now();
    const backOffMs = retryDelayMs(repository.attempts + 1, isUnavailable, bounds);
    const reason =
      isTrackerError(error) && ERROR_CODES[code].expose
        ? error.message
        : "Something went wrong here; the log says what.";
    logger[ERROR_CODES[code].level]({ err: error, repositoryId: repository.id }, "attempt failed");
    await saveFailure(database.primary, repository.id, {
      reason,
      retryInMs: Math.max(waitMs, backOffMs),
      isUnavailable,
    });
  };
}

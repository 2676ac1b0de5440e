import type { Logger } from "pino";
import type { IntervalBounds } from "../domain/check-schedule.js";
import { ERROR_CODES, isTrackerError } from "../domain/errors.js";
import { retryDelayMs } from "../domain/retry-delay.js";
import type { Database } from "../postgres/database.js";
import { PARKED_RETRY_MS, saveFailures } from "../store/repositories/failure-store.js";
import type { Metrics } from "../telemetry/metrics.js";

interface Failed {
  readonly id: number;
  readonly attempts: number;
}

/** What was tried, for the person who reads of the failure. */
export interface Attempt {
  readonly task: "check" | "pull";
  /**
   * Whether GitHub said it of this repository, or of the request as a whole, which is no evidence
   * against any repository: it never parks one.
   */
  readonly about: "repository" | "request";
  /** Repositories in the request. */
  readonly batch: number;
  /** Of the history. */
  readonly page?: string;
}

/** Puts a failure where a person sees it, on the repositories it concerns, and sets when to try again. */
export type FailureRecorder = (
  repositories: readonly Failed[],
  error: unknown,
  attempt: Attempt,
) => Promise<void>;

/** As many failures in a row, and a repository is parked. */
export const MAX_ATTEMPTS = 8;
/** Spreads what had to wait for the same moment. */
const WAIT_JITTER_MS = 5_000;

export function createFailureRecorder({
  database,
  bounds,
  logger,
  metrics,
}: {
  database: Database;
  bounds: IntervalBounds;
  logger: Logger;
  metrics: Metrics;
}): FailureRecorder {
  return async (repositories, error, attempt) => {
    const known = isTrackerError(error) ? error : null;
    const { retry, expose, level } = ERROR_CODES[known?.code ?? "INTERNAL"];
    const isGone = known?.code === "GITHUB_NOT_FOUND" && known.details.missingOid === undefined;
    const isOwn = attempt.about === "repository";
    const isUnavailable = isOwn && (isGone || known?.code === "GITHUB_FORBIDDEN");
    const counts = retry !== "at"; // to be told to wait is nobody's failure
    const { retryAt, requestId } = known?.details ?? {};
    const parks = isOwn && !isUnavailable;
    const delayOf = (attempts: number) => {
      if (!counts) return Math.max((retryAt?.getTime() ?? 0) - Date.now(), 0) + jitter();
      if (parks && attempts + 1 >= MAX_ATTEMPTS) return PARKED_RETRY_MS + jitter();
      return retryDelayMs(attempts + 1, isUnavailable, bounds);
    };
    const repositoryIds = repositories.map(({ id }) => id);
    logger[level]({ err: error, repositoryIds, ...attempt }, "attempt failed");
    const code = known?.code ?? "INTERNAL";
    metrics.failures.inc({ task: attempt.task, code }, repositories.length);
    await saveFailures(database.primary, {
      reason:
        known !== null && expose ? known.message : "Something went wrong here; the log says what.",
      context: { ...attempt, code, ...(requestId !== undefined && { requestId }) },
      isUnavailable,
      counts,
      parkAt: MAX_ATTEMPTS,
      attemptsMax: parks ? MAX_ATTEMPTS : isUnavailable ? 1_000 : MAX_ATTEMPTS - 1,
      failures: repositories.map(({ id, attempts }) => ({
        id,
        retryInMs: Math.round(delayOf(attempts)),
      })),
    });
  };
}

function jitter(): number {
  return Math.random() * WAIT_JITTER_MS;
}

import type { Logger } from "pino";
import type { IntervalBounds } from "../domain/check-schedule.js";
import { ERROR_CODES, isTrackerError } from "../domain/errors.js";
import { retryDelayMs } from "../domain/retry-delay.js";
import { BUSY_MS, type WalkKind } from "../domain/work.js";
import type { Database } from "../postgres/database.js";
import { parkRepository, saveFailures, type Verdict } from "../store/repositories/failure-store.js";
import { hurryWork, postponeWork } from "../store/work/work-store.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";

interface Failed {
  readonly id: number;
  readonly attempts: number;
}

/** What was tried, for the person who reads of the failure. */
export interface Attempt {
  readonly task: "check" | WalkKind;
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
    const { task } = attempt;
    if (isTrackerError(error, "GITHUB_RATE_LIMITED") && error.details.isPacing === true) {
      const delayMs = Math.max(0, (error.details.retryAt?.getTime() ?? 0) - Date.now());
      return await postponeWork(
        database.primary,
        task,
        repositories.map(({ id }) => id),
        { delayMs },
      );
    }
    const judged = judge(error, attempt);
    const { verdict, counts, facts } = judged;
    const repositoryIds = repositories.map(({ id }) => id);
    logger[judged.level]({ err: error, repositoryIds, ...attempt }, "attempt failed");
    metrics.failures.inc({ task, code: String(facts.context.code) }, repositories.length);
    const delayOf = (attempts: number) => {
      if (!counts) return Math.max(judged.retryAtMs - Date.now(), 0) + jitter();
      return retryDelayMs(attempts + 1, verdict === "UNAVAILABLE", bounds);
    };
    const parks = judged.isOwn && verdict === "RETRIED";
    const isLast = ({ attempts }: Failed) => parks && counts && attempts + 1 >= MAX_ATTEMPTS;
    const failures = repositories
      .filter((one) => !isLast(one))
      .map(({ id, attempts }) => ({ id, retryInMs: delayOf(attempts) }));
    const attemptsMax = verdict === "UNAVAILABLE" ? 1_000 : MAX_ATTEMPTS - 1;
    const { lockedIds } = await database.transaction((tx) =>
      saveFailures(tx, task, failures, { ...facts, counts, attemptsMax, verdict }),
    );
    const busyIds = [...lockedIds];
    for (const { id } of repositories.filter(isLast)) {
      const parked = await database.transaction((tx) => parkRepository(tx, task, id, facts));
      busyIds.push(...parked.lockedIds);
    }
    await postponeWork(database.primary, task, busyIds, { delayMs: BUSY_MS });
    if (judged.isHidden && task !== "check") {
      for (const one of repositories) {
        if (!isLast(one))
          await hurryWork(database.primary, "check", one.id, { isPublished: false });
      }
    }
  };
}

/** What an error means for the repositories it came with. */
function judge(error: unknown, { task, about, ...attempt }: Attempt) {
  const known = isTrackerError(error) ? error : null;
  const code = known?.code ?? "INTERNAL";
  const { retry, expose, level } = ERROR_CODES[code];
  const { retryAt, requestId, missingOid } = known?.details ?? {};
  const isOwn = about === "repository";
  const isGone = code === "GITHUB_NOT_FOUND" && missingOid === undefined;
  const isHidden = isOwn && (isGone || code === "GITHUB_FORBIDDEN");
  // Whether GitHub shows it at all is for a check to tell.
  const verdict: Verdict = isHidden && task === "check" ? "UNAVAILABLE" : "RETRIED";
  const isShown = known !== null && expose;
  return {
    ...{ isOwn, isHidden, verdict, level },
    counts: retry !== "at", // to be told to wait is nobody's failure
    retryAtMs: retryAt?.getTime() ?? 0,
    facts: {
      reason: isShown ? known.message : "Something went wrong here; the log says what.",
      context: { task, about, ...attempt, code, ...(requestId !== undefined && { requestId }) },
    },
  };
}

function jitter(): number {
  return Math.random() * WAIT_JITTER_MS;
}

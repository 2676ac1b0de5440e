import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { isTrackerError } from "../domain/errors.js";
import {
  type HourLimits,
  NO_LIMITS,
  type Purpose,
  type RateAccount,
  type RequestOutcome,
} from "../domain/rate-account.js";
import type { BudgetLedger } from "./budget-ledger.js";

/** What an answer says of the budget it was paid from. */
export interface AnswerFacts {
  readonly points: number;
  readonly limits: HourLimits;
  /** Of its time; left out: as long as the request was under way. */
  readonly gitHubMs?: number;
}

export type Learn = (facts: AnswerFacts) => void;

export interface Grant {
  readonly ledger: BudgetLedger;
  readonly requestId: bigint;
  readonly purpose: Purpose;
  readonly logger: Logger;
  /** Called before it is settled. */
  readonly onOutcome?: (outcome: RequestOutcome) => void;
  readonly onSettled?: (account: RateAccount) => void;
}

const SETTLE_TRIES = 5;
const SETTLE_RETRY_MS = 100;

/** Runs a request that was granted, and settles the grant by how it ends, before passing that on. */
export async function runGranted<T>(
  grant: Grant,
  request: (learn: Learn) => Promise<T>,
): Promise<T> {
  let facts: AnswerFacts | null = null;
  let gitHubMs: number | undefined;
  let outcome: RequestOutcome = { kind: "nothing" };
  try {
    const value = await request((told) => {
      facts = told;
      gitHubMs = told.gitHubMs;
    });
    outcome = answered(facts, grant.purpose, true);
    return value;
  } catch (error) {
    outcome = outcomeOf(error, facts, grant.purpose);
    throw error;
  } finally {
    grant.onOutcome?.(outcome);
    const account = await settle(grant, outcome, gitHubMs);
    if (account !== null) grant.onSettled?.(account);
  }
}

function outcomeOf(error: unknown, facts: AnswerFacts | null, purpose: Purpose): RequestOutcome {
  if (isTrackerError(error, "GITHUB_RATE_LIMITED")) {
    const { limit, retryAt, isRetryAtTold } = error.details;
    return {
      kind: "refused",
      limit: limit === "primary" ? "primary" : "secondary",
      retryAt: isRetryAtTold === false ? null : (retryAt ?? null),
      limits: facts?.limits ?? NO_LIMITS,
    };
  }
  return facts === null ? { kind: "nothing" } : answered(facts, purpose, false);
}

function answered(facts: AnswerFacts | null, purpose: Purpose, isSuccess: boolean): RequestOutcome {
  return {
    ...{ kind: "answered", purpose, isSuccess },
    points: facts?.points ?? 0,
    limits: facts?.limits ?? NO_LIMITS,
  };
}

/** What GitHub said must reach the others. Unsettled, the request counts as under way for a while. */
async function settle(
  { ledger, requestId, logger }: Grant,
  outcome: RequestOutcome,
  gitHubMs: number | undefined,
): Promise<RateAccount | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ledger.settle(requestId, outcome, gitHubMs);
    } catch (err) {
      if (tries === SETTLE_TRIES) {
        logger.warn({ err, outcome: outcome.kind }, "how a request ended could not be noted");
        return null;
      }
      await delay(SETTLE_RETRY_MS * 2 ** tries);
    }
  }
}

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database } from "../postgres/database.js";
import { databaseError } from "../postgres/database-error.js";
import type { TaskQueue } from "../queue/queue.js";
import { claimDue } from "../store/repositories/repository-store.js";
import { claimListings } from "../store/work/listing-store.js";
import { takeTurn } from "../store/work/schedule-store.js";
import { claimVerifications } from "../store/work/verification-store.js";
import type { Metrics } from "../telemetry/metrics.js";

export interface SchedulerDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long a batch that is not full waits for more. */
  readonly gatherMs: number;
}

const TICK_MS = 250;
/** Repositories in one check: as many as GitHub tells of at a glance for one point. */
const BATCH_SIZE = 100;
/** Claims a tick; more repositories than this due at once wait for the next. */
const BATCHES_PER_TICK = 20;
/**
 * Checks that may wait for a worker. What is due beyond them waits in its rows: in the queue it would be
 * claimed, published and paid for again at the end of each lease.
 */
const CHECKS_WAITING_MAX = 50;
/** A check takes seconds; one that has not reported back by then is asked for again. */
const CLAIM_LEASE_MS = 60_000;
/** Of a verification; its worker prolongs it page by page. */
const VERIFY_LEASE_MS = 120_000;
/** Of an owner's listing; each page prolongs it. */
const LISTING_LEASE_MS = 60_000;
const BACK_OFF_MS_MAX = 10_000;

export interface Scheduler {
  /** Resolves once the tick in hand is over. */
  stop(): Promise<void>;
}

/**
 * Finds repositories that are due and publishes their checks, many to a task. Any number of
 * schedulers may run: a claim locks the rows it takes and skips those that others hold. A claim
 * whose task is not confirmed by the broker comes back when its lease ends.
 */
export function startScheduler(dependencies: SchedulerDependencies): Scheduler {
  const stopping = new AbortController();
  const running = run(dependencies, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function run(dependencies: SchedulerDependencies, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await tick(dependencies);
      failures = 0;
    } catch (error) {
      failures += 1;
      dependencies.logger.warn({ err: databaseError(error), failures }, "scheduler tick failed");
    }
    const waitMs = Math.min(TICK_MS * 2 ** Math.min(failures, 10), BACK_OFF_MS_MAX);
    await delay(waitMs, undefined, { signal }).catch(() => {});
  }
}

async function tick(dependencies: SchedulerDependencies): Promise<void> {
  await publishChecks(dependencies);
  await publishVerifications(dependencies);
  await publishListings(dependencies);
}

async function publishVerifications({ database, queue }: SchedulerDependencies): Promise<void> {
  const claim = { limit: BATCH_SIZE, leaseMs: VERIFY_LEASE_MS };
  for (const repositoryId of await claimVerifications(database.primary, claim)) {
    await queue.publish("verify", { repositoryId });
  }
}

async function publishListings({ database, queue }: SchedulerDependencies): Promise<void> {
  const claim = { limit: BATCH_SIZE, leaseMs: LISTING_LEASE_MS };
  for (const listingId of await claimListings(database.primary, claim)) {
    await queue.publish("listing", { listingId });
  }
}

/** Full batches at once; what is left over waits for its turn, so that more may come with it. */
async function publishChecks(dependencies: SchedulerDependencies): Promise<void> {
  const { database, queue, gatherMs } = dependencies;
  // A claim that nobody hears of would be lost for a lease.
  if (!queue.isReady()) return;
  // A queue that cannot be counted may be gone: the next task finds that out, and it is declared again.
  const { ready } = await queue.depth("check").catch(() => ({ ready: 0 }));
  if (ready >= CHECKS_WAITING_MAX) return;
  for (let batch = 0; batch < BATCHES_PER_TICK; batch += 1) {
    if (!(await publishBatch(dependencies, BATCH_SIZE))) break;
  }
  if (await takeTurn(database.primary, { gatherMs })) await publishBatch(dependencies, 1);
}

/** False when fewer than that are due. */
async function publishBatch(
  { database, queue, logger, metrics }: SchedulerDependencies,
  atLeast: number,
): Promise<boolean> {
  const claim = { limit: BATCH_SIZE, leaseMs: CLAIM_LEASE_MS, atLeast };
  const claimed = await claimDue(database.primary, claim);
  if (claimed.length === 0) return false;
  await queue.publish("check", { repositoryIds: claimed.map(({ id }) => id) });
  metrics.claims.inc(claimed.length);
  for (const { lateMs } of claimed) metrics.claimDelay.observe(lateMs / 1_000);
  logger.debug({ repositories: claimed.length }, "checks published");
  return true;
}

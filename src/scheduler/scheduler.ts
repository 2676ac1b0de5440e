import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { gatherMs } from "../domain/check-schedule.js";
import { FIRST_CHECKS_A_TURN, WORK_KINDS, type WorkKind } from "../domain/work.js";
import type { Database } from "../postgres/database.js";
import { databaseError } from "../postgres/database-error.js";
import type { TaskQueue } from "../queue/queue.js";
import { readBudgetSize } from "../store/budget/budget-size.js";
import { readOpenings } from "../store/budget/openings.js";
import { takeTurn } from "../store/work/schedule-store.js";
import { claimWork, isAnyDue, releaseWork } from "../store/work/work-store.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";
import { observe } from "../telemetry/metrics/observe.js";
import { apart, withSpan } from "../telemetry/traces/spans.js";
import { PLANS, type Plan, type PlannedTask } from "./plans.js";

export interface SchedulerDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long a batch that is not full waits for more, at least. */
  readonly gatherMs: number;
}

const TICK_MS = 250;
const BACK_OFF_MS_MAX = 10_000;

export interface Scheduler {
  /** Resolves once the ticks in hand are over. */
  stop(): Promise<void>;
}

/**
 * Finds work that is due and publishes its tasks: a loop for each kind, so that one kind's trouble holds
 * up no other. Any number of schedulers may run: a claim locks the rows it takes and skips those that
 * others hold. A claim whose task the broker does not take is given back, and one whose scheduler dies
 * comes back when its lease ends.
 */
export function startScheduler(dependencies: SchedulerDependencies): Scheduler {
  const stopping = new AbortController();
  const running = WORK_KINDS.map((kind) => run(dependencies, kind, stopping.signal));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
}

async function run(
  dependencies: SchedulerDependencies,
  kind: WorkKind,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await tick(dependencies, kind);
      failures = 0;
      dependencies.metrics.ticks.inc({ kind, outcome: "done" });
    } catch (error) {
      failures += 1;
      dependencies.metrics.ticks.inc({ kind, outcome: "failed" });
      const err = databaseError(error);
      dependencies.logger.warn({ err, kind, failures }, "scheduler tick failed");
    }
    const waitMs = Math.min(TICK_MS * 2 ** Math.min(failures, 10), BACK_OFF_MS_MAX);
    await delay(waitMs, undefined, { signal }).catch(() => {});
  }
}

/**
 * Publishes what is due, as far as there is room in its queue: what is due beyond waits in its rows,
 * where it costs nothing; in the queue it would be claimed and published again at the end of each lease.
 * Full batches go at once; what is left over waits for its turn, so that more may come with it.
 */
async function tick(dependencies: SchedulerDependencies, kind: WorkKind): Promise<void> {
  const { database, queue } = dependencies;
  const plan: Plan = PLANS[kind];
  // A claim that nobody hears of would be lost for a lease.
  if (!queue.isReady() || !(await isAnyDue(database.primary, kind))) return;
  // Nor would it be asked now: what waits for GitHub waits in its row.
  if (!(await readOpenings(database.primary))[plan.purpose]) return;
  let room = plan.tasksMax - (await countReady(queue, kind));
  while (room > 0) {
    const atLeast = plan.isGathered ? plan.batchSize : 1;
    const published = await publishBatch(dependencies, kind, { room, atLeast });
    if (published === 0) break;
    room -= published;
  }
  if (room <= 0 || !plan.isGathered) return;
  const turnMs = gatherMs(await readBudgetSize(database.primary), dependencies.gatherMs);
  if (await takeTurn(database.primary, { gatherMs: turnMs })) {
    await publishBatch(dependencies, kind, { room, atLeast: 1 });
  }
}

/** A queue that cannot be counted may be gone: the next task finds that out, and it is declared again. */
async function countReady(queue: TaskQueue, kind: WorkKind): Promise<number> {
  const { ready } = await queue.depth(kind).catch(() => ({ ready: 0 }));
  return ready;
}

/** How many tasks were published; none when less than `atLeast` is due. */
async function publishBatch(
  { database, queue, logger, metrics }: SchedulerDependencies,
  kind: WorkKind,
  { room, atLeast }: { room: number; atLeast: number },
): Promise<number> {
  const plan: Plan = PLANS[kind];
  const limit = plan.isGathered ? plan.batchSize : Math.min(plan.batchSize, room);
  const claim = { limit, atLeast, addedMax: FIRST_CHECKS_A_TURN };
  const claimed = await claimWork(database.primary, kind, claim);
  if (claimed.length === 0) return 0;
  const unheard = new Set(claimed.map(({ id }) => id));
  const publishAll = async (): Promise<number> => {
    const tasks = await plan.tasksOf(database, [...unheard]);
    for (const task of tasks) {
      await publish(task, kind, { queue, isOneOfMany: tasks.length > 1 });
      for (const id of task.ids) unheard.delete(id);
    }
    return tasks.length;
  };
  let published: number;
  try {
    const attributes = { "tracker.task.kind": kind, "tracker.task.subjects": claimed.length };
    published = await withSpan(`claim ${kind}`, { attributes }, publishAll);
  } catch (error) {
    // The others may be in a worker's hands already.
    await releaseWork(database.primary, kind, [...unheard]);
    throw error;
  }
  metrics.claims.inc({ kind }, claimed.length);
  for (const { lateMs } of claimed) observe(metrics.claimDelay, { kind }, lateMs / 1_000);
  logger.debug({ kind, count: claimed.length }, "tasks published");
  return published;
}

/** What becomes of it is a trace with its claim; of one of many it is a trace of its own. */
function publish(
  task: PlannedTask,
  kind: WorkKind,
  { queue, isOneOfMany }: { queue: TaskQueue; isOneOfMany: boolean },
): Promise<void> {
  const send = () => task.publish(queue);
  return isOneOfMany ? apart(`hand over ${kind}`, {}, send) : send();
}

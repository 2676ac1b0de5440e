import type { Attributes } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { IntervalBounds } from "../domain/check-schedule.js";
import { isTrackerError } from "../domain/errors.js";
import type { StartBounds } from "../domain/passed.js";
import { BUSY_MS, type WalkKind } from "../domain/work.js";
import type { Fanout } from "../fanout/fanout.js";
import type { GitHub } from "../github/github.js";
import type { Database } from "../postgres/database.js";
import { databaseError, isCutOff, isUnreachable } from "../postgres/database-error.js";
import type { Consumer, Delivery, TaskHandler, TaskQueue } from "../queue/queue.js";
import type { TaskKind, TaskPayload } from "../queue/task.js";
import { postponeWork, readAttempts, takeWork } from "../store/work/work-store.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";
import { observe } from "../telemetry/metrics/observe.js";
import { addFacts } from "../telemetry/traces/spans.js";
import { createAskCommits } from "./ask-commits.js";
import { createBatchSize, createBatchSizes, isTooMuch } from "./batch-size.js";
import { startBuriers } from "./bury-tasks.js";
import { checkRepositories } from "./check-repositories.js";
import type { HistoriesByGit } from "./histories-by-git.js";
import { listOwner } from "./list-owner.js";
import { createLostWork, type LostWork } from "./lost-work.js";
import { pullCommits } from "./pull-commits.js";
import { createFailureRecorder } from "./record-failure.js";
import { createScheduling } from "./scheduling.js";
import { verifyRepository } from "./verify-repository.js";

export interface WorkerDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly fanout: Fanout;
  readonly gitHub: GitHub;
  readonly bounds: IntervalBounds;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Commits asked for at once, at most; default: what GitHub gives. */
  readonly pageSizeMax?: number;
  readonly startBounds?: StartBounds;
  /** Histories by the git protocol; absent: all comes by the API. */
  readonly histories?: WorkerHistories;
}

export type WorkerHistories = Omit<HistoriesByGit, "ask" | "awayUntilMs">;

/** What GitHub gives at most; for heads, what it takes five of its ten seconds for. */
const GLANCE_SIZE = 100;
const LOOK_SIZE = 50;
const PAGE_SIZE = 100;
const PAGE_SIZE_MIN = 10;

/** Tasks of each kind in hand at once; of GitHub, backfill gets what live work leaves. */
const CONCURRENCY: Readonly<Record<TaskKind, number>> = {
  check: 4,
  pull: 4,
  backfill: 6,
  verify: 1,
  listing: 1,
};

/**
 * Takes tasks and settles them. A task that fails is recorded in its row, due again after a growing
 * delay, and acknowledged: the database is the retry timer. Where not even that can be written, it is as
 * soon as it can, and else the claim's lease brings it back.
 */
export async function startWorker(dependencies: WorkerDependencies): Promise<Consumer> {
  const { database, bounds, logger, metrics, pageSizeMax = PAGE_SIZE } = dependencies;
  const pageSizeMin = Math.min(PAGE_SIZE_MIN, pageSizeMax);
  const sizes = {
    glance: createBatchSize({ max: GLANCE_SIZE }),
    look: createBatchSize({ max: LOOK_SIZE }),
  };
  const pageSizes = createBatchSizes({ min: pageSizeMin, max: pageSizeMax });
  const scheduling = createScheduling({ database, bounds });
  const recordFailure = createFailureRecorder({ database, bounds, logger, metrics });
  const { histories: byGit, ...rest } = dependencies;
  const histories = byGit && {
    ...{ ...byGit, ask: createAskCommits(dependencies), awayUntilMs: 0 },
  };
  const asking = {
    ...{ ...rest, scheduling, sizes, pageSizes, recordFailure },
    ...(histories !== undefined && { histories }),
  };
  metrics.readFrom({
    name: "batches",
    gauges: [metrics.gitHubBatchSize],
    read: () => sizes,
    set({ glance, look }) {
      metrics.gitHubBatchSize.set({ stage: "glance" }, glance.current());
      metrics.gitHubBatchSize.set({ stage: "look" }, look.current());
    },
  });

  const pull =
    (by: WalkKind): TaskHandler<WalkKind> =>
    async (task, { signal }) => {
      const { repositoryId, generation } = task;
      let page: string | undefined;
      const onPage = (name: string) => {
        page = name;
      };
      const child = logger.child({ repositoryId, generation });
      try {
        await pullCommits(asking, task, { by, signal, logger: child, onPage });
      } catch (error) {
        if (signal.aborted) throw error; // unsettled: another worker takes it
        const failure = databaseError(error);
        if (isUnreachable(failure)) throw failure;
        if (isTrackerError(failure, "BUSY")) {
          return await postponeWork(database.primary, by, [repositoryId], { delayMs: BUSY_MS });
        }
        const attempts = await readAttempts(database.primary, by, repositoryId);
        const size = pageSizes.of(repositoryId);
        const isSmallest = size.current() === pageSizeMin && size.isAnswering();
        const isOwn = !isOfAnybody(failure) && (!isTooMuch(failure) || isSmallest);
        const about = isOwn ? "repository" : "request";
        const attempt = { task: by, about, batch: 1, ...(page !== undefined && { page }) } as const;
        await recordFailure([{ id: repositoryId, attempts }], failure, attempt);
      }
    };
  const check: TaskHandler<"check"> = (task, { signal }) =>
    checkRepositories(asking, task, { signal, logger });

  const lost = createLostWork({ database, logger });
  const consuming = { ...dependencies, lost };
  const consumers = await Promise.all([
    consume(consuming, "check", check),
    consume(consuming, "pull", pull("pull")),
    consume(consuming, "backfill", pull("backfill")),
    consume(consuming, "verify", (task, { signal }) =>
      verifyRepository(asking, task, { signal, logger }),
    ),
    consume(consuming, "listing", (task, { signal }) =>
      listOwner(dependencies, task, { signal, logger }),
    ),
  ]);
  const buriers = await startBuriers(dependencies);
  consumers.push(...buriers);
  return {
    async stop() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await lost.stop();
    },
  };
}

/** What would have failed whatever repository it was about. */
function isOfAnybody(error: unknown): boolean {
  return (
    isTrackerError(error, "GITHUB_UNREACHABLE") ||
    isTrackerError(error, "GITHUB_BAD_CREDENTIALS") ||
    isTrackerError(error, "DATABASE_UNAVAILABLE") ||
    isTrackerError(error, "BROKER_UNAVAILABLE")
  );
}

interface Consuming extends WorkerDependencies {
  readonly lost: LostWork;
}

function consume<K extends TaskKind>(
  { database, queue, logger, metrics, lost }: Consuming,
  kind: K,
  handle: TaskHandler<K>,
): Promise<Consumer> {
  const observed = async (task: TaskPayload<K>, delivery: Delivery) => {
    const beganMs = performance.now();
    if (delivery.waitedMs !== null) observe(metrics.taskWait, { kind }, delivery.waitedMs / 1_000);
    metrics.tasksInHand.inc({ kind });
    const settle = (outcome: string) => {
      metrics.tasks.inc({ kind, outcome });
      addFacts({ "tracker.task.outcome": outcome });
    };
    addFacts(factsOf(task));
    try {
      if (!(await take(database, kind, task, delivery))) return settle("old");
      await handle(task, delivery);
      settle("done");
    } catch (error) {
      const cause = databaseError(error);
      if (isPassing(cause) && !delivery.signal.aborted) {
        logger.warn({ err: cause, kind, task }, "task dropped, what it was about comes due again");
        // What was cut off for its time would be again at once: it waits until its lease ends.
        if (!isCutOff(cause)) lost.add(kind, subjectsOf(task));
        return settle("dropped");
      }
      settle("returned");
      throw cause;
    } finally {
      metrics.tasksInHand.dec({ kind });
      observe(metrics.taskDuration, { kind }, (performance.now() - beganMs) / 1_000);
    }
  };
  return queue.consume(kind, { concurrency: CONCURRENCY[kind] }, observed);
}

/** The database's own trouble, of which no repository is the cause. */
function isPassing(error: unknown): boolean {
  return isTrackerError(error, "DATABASE_UNAVAILABLE") || isTrackerError(error, "BUSY");
}

/** Checks are many to a task and done in a moment: one that is done twice costs less than to take each. */
async function take<K extends TaskKind>(
  { primary }: Database,
  kind: K,
  task: TaskPayload<K>,
  { redeliveries }: Delivery,
): Promise<boolean> {
  const [id, ...others] = subjectsOf(task);
  if (kind === "check" || id === undefined || others.length > 0) return true;
  return await takeWork(primary, kind, id, { isRedelivered: redeliveries > 0 });
}

/** For a trace; a task of many is known by how many. */
function factsOf(task: TaskPayload<TaskKind>): Attributes {
  const subjects = subjectsOf(task);
  const [id, ...others] = subjects;
  if (others.length > 0) return { "tracker.task.subjects": subjects.length };
  return { ["listingId" in task ? "tracker.listing.id" : "tracker.repository.id"]: id };
}

/** What a task is about: the ids of its rows of work. */
function subjectsOf(task: TaskPayload<TaskKind>): readonly number[] {
  if ("repositoryIds" in task) return task.repositoryIds;
  return ["listingId" in task ? task.listingId : task.repositoryId];
}

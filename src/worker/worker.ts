import type { Logger } from "pino";
import type { IntervalBounds } from "../domain/check-schedule.js";
import { isTrackerError } from "../domain/errors.js";
import type { Fanout } from "../fanout/fanout.js";
import type { GitHub } from "../github/github.js";
import type { Database } from "../postgres/database.js";
import { databaseError } from "../postgres/database-error.js";
import type { Consumer, Delivery, TaskHandler, TaskQueue } from "../queue/queue.js";
import type { TaskKind, TaskPayload } from "../queue/task.js";
import { readForCheck } from "../store/repositories/repository-store.js";
import type { Metrics } from "../telemetry/metrics.js";
import { withSpan } from "../telemetry/tracing.js";
import { createBatchSize, createBatchSizes, isTooMuch } from "./batch-size.js";
import { startBuriers } from "./bury-tasks.js";
import { checkRepositories } from "./check-repositories.js";
import { listOwner } from "./list-owner.js";
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
}

/** What GitHub gives at most; for heads, what it takes five of its ten seconds for. */
const GLANCE_SIZE = 100;
const LOOK_SIZE = 50;
const PAGE_SIZE = 100;
const PAGE_SIZE_MIN = 10;

/** Tasks of each kind in hand at once; backfill gets what live work leaves. */
const CONCURRENCY: Readonly<Record<TaskKind, number>> = {
  check: 4,
  pull: 4,
  backfill: 2,
  verify: 1,
  listing: 1,
};

/**
 * Takes tasks and settles them. A task that fails is recorded on its repository, due again after a
 * growing delay, and acknowledged: the database is the retry timer. Where not even that can be
 * written, the claim's lease brings the repository back.
 */
export async function startWorker(dependencies: WorkerDependencies): Promise<Consumer> {
  const { database, bounds, logger, metrics } = dependencies;
  const sizes = {
    glance: createBatchSize({ max: GLANCE_SIZE }),
    look: createBatchSize({ max: LOOK_SIZE }),
  };
  const pageSizes = createBatchSizes({ min: PAGE_SIZE_MIN, max: PAGE_SIZE });
  const intervalBounds = { minMs: bounds.minMs, maxMs: bounds.maxMs };
  const scheduling = createScheduling({ database, bounds: intervalBounds });
  const recordFailure = createFailureRecorder({ database, bounds, logger, metrics });
  const asking = { ...dependencies, scheduling, sizes, pageSizes, recordFailure };
  metrics.batchSizes(() => ({
    glance: sizes.glance.current(),
    look: sizes.look.current(),
  }));

  const pull: TaskHandler<"pull" | "backfill"> = async (task, { signal }) => {
    const context = { repositoryId: task.repositoryId, generation: task.generation };
    let page: string | undefined;
    const onPage = (name: string) => {
      page = name;
    };
    try {
      await pullCommits(asking, task, { signal, logger: logger.child(context), onPage });
    } catch (error) {
      if (signal.aborted) throw error; // unsettled: another worker takes it
      const [repository] = await readForCheck(database.primary, [task.repositoryId]);
      if (repository === undefined) return;
      const failure = databaseError(error);
      const size = pageSizes.of(task.repositoryId);
      const isSmallest = size.current() === PAGE_SIZE_MIN && size.isAnswering();
      const isOwn = !isOfAnybody(failure) && (!isTooMuch(failure) || isSmallest);
      const about = isOwn ? "repository" : "request";
      const attempt = {
        task: "pull",
        about,
        batch: 1,
        ...(page !== undefined && { page }),
      } as const;
      await recordFailure([repository], failure, attempt);
    }
  };
  const check: TaskHandler<"check"> = (task, { signal }) =>
    checkRepositories(asking, task, { signal, logger });

  const consumers = await Promise.all([
    consume(dependencies, "check", check),
    consume(dependencies, "pull", pull),
    consume(dependencies, "backfill", pull),
    consume(dependencies, "verify", (task, { signal }) =>
      verifyRepository(asking, task, { signal, logger }),
    ),
    consume(dependencies, "listing", (task, { signal }) =>
      listOwner(dependencies, task, { signal, logger }),
    ),
  ]);
  const buriers = await startBuriers(dependencies);
  consumers.push(...buriers);
  return {
    async stop() {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
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

function consume<K extends TaskKind>(
  { queue, logger, metrics }: WorkerDependencies,
  kind: K,
  handle: TaskHandler<K>,
): Promise<Consumer> {
  const observed = async (task: TaskPayload<K>, delivery: Delivery) => {
    const end = metrics.taskDuration.startTimer({ kind });
    try {
      await withSpan(`task ${kind}`, { task: JSON.stringify(task) }, () => handle(task, delivery));
      metrics.tasks.inc({ kind, outcome: "done" });
    } catch (error) {
      const cause = databaseError(error);
      if (isTrackerError(cause, "DATABASE_UNAVAILABLE") && !delivery.signal.aborted) {
        logger.warn({ err: cause, kind, task }, "task dropped, its repositories come due again");
        metrics.tasks.inc({ kind, outcome: "dropped" });
        return;
      }
      metrics.tasks.inc({ kind, outcome: "returned" });
      throw cause;
    } finally {
      end();
    }
  };
  return queue.consume(kind, { concurrency: CONCURRENCY[kind] }, observed);
}

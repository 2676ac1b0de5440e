import type { Logger } from "pino";
import { FIRST_CHECKS_AT_ONCE } from "../domain/work.js";
import type { TaskQueue } from "../queue/queue.js";
import type { TaskKind, TaskPayload } from "../queue/task.js";

/**
 * Publishes the task of work that is due in its row. Never rejects: where the broker does not take it,
 * the scheduler finds the row when its lease ends.
 */
export async function nudge<K extends TaskKind>(
  { queue, logger }: { queue: TaskQueue; logger: Logger },
  kind: K,
  task: TaskPayload<K>,
): Promise<void> {
  await queue.publish(kind, task).catch((err: unknown) => {
    logger.warn({ err, kind, task }, "task not published, the scheduler will");
  });
}

/** Repositories added just now, in one task; where they are many, a scheduler has them take turns. */
export async function nudgeFirstChecks(
  dependencies: { queue: TaskQueue; logger: Logger },
  repositoryIds: readonly number[],
): Promise<void> {
  if (repositoryIds.length === 0 || repositoryIds.length > FIRST_CHECKS_AT_ONCE) return;
  await nudge(dependencies, "check", { repositoryIds: [...repositoryIds] });
}

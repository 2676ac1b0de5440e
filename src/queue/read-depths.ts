import type { QueueDepth, TaskQueue } from "./queue.js";
import { TASK_KINDS, type TaskKind } from "./task.js";

/** Of every kind that can be counted now: what is wrong with one kind's queue hides no other's. */
export async function readDepths(queue: TaskQueue): Promise<ReadonlyMap<TaskKind, QueueDepth>> {
  const depths = new Map<TaskKind, QueueDepth>();
  const count = async (kind: TaskKind) => depths.set(kind, await queue.depth(kind));
  await Promise.allSettled(TASK_KINDS.map(count));
  return depths;
}

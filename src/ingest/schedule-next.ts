import type { NextCheck, ScheduleOf } from "../domain/check-schedule.js";
import type { RepositoryState, Walk } from "../domain/repository.js";
import { WALK_KINDS, type WalkKind } from "../domain/work.js";
import type { Transaction } from "../postgres/database.js";
import {
  cancelled,
  cancelWork,
  finishWork,
  type NextWork,
  renewed,
  requestWork,
  scheduled,
  type WorkChange,
} from "../store/work/work-store.js";

/** What a page or a check has left behind; the caller holds the row's lock. */
export interface Left {
  readonly by: "check" | WalkKind;
  /** Of a check: when it was due. */
  readonly dueAt: Date | null;
  readonly state: RepositoryState;
  /** Nothing is left that GitHub tells now. */
  readonly isOver: boolean;
  /** As it is from now on. */
  readonly walk: Walk;
  readonly scheduleOf: ScheduleOf;
}

/**
 * What is due of a repository after a page: its next check, and the walk while something is missing; as
 * parts of the statement that saves where the walk stands. Of one that is paused nothing is due.
 */
export function workAfterPage({ by, state, isOver, walk, scheduleOf }: Left): WorkChange[] {
  const { repositoryId, lookedAt } = walk;
  if (by === "check" || state === "PAUSED") return [];
  const next = toWork(scheduleOf(walk));
  if (isOver) {
    // From when the head was last looked at.
    const sinceMs = lookedAt === null ? 0 : Math.max(0, Date.now() - lookedAt.getTime());
    const delayMs = Math.max(0, next.delayMs - sinceMs);
    return [
      cancelled(WALK_KINDS, repositoryId),
      scheduled("check", repositoryId, { ...next, delayMs }),
    ];
  }
  const renewal = renewed(by, repositoryId);
  if (walk.headOid !== null) return [renewal];
  // A first history of many pages: what is pushed meanwhile is looked for, as of any repository.
  return [renewal, scheduled("check", repositoryId, next, { isIdle: true })];
}

/**
 * The same after a check. Returns the task that the caller is to publish: pushes are fetched at once, a
 * first history when a scheduler finds room for it.
 */
export async function scheduleAfterCheck(
  tx: Transaction,
  { by, dueAt, state, isOver, walk, scheduleOf }: Left,
): Promise<WalkKind | null> {
  const { repositoryId } = walk;
  if (by !== "check" || state === "PAUSED") return null;
  const isAwaiting = !isOver && isAwaitingHistory(walk);
  const next = isAwaiting ? null : toWork(scheduleOf(walk));
  if (isOver) {
    await cancelWork(tx, WALK_KINDS, repositoryId);
    await finishWork(tx, "check", [{ id: repositoryId, next, dueAt }]);
    return null;
  }
  await finishWork(tx, "check", [{ id: repositoryId, next, reason: "WALK", dueAt }]);
  return await requestWalk(tx, walk);
}

/** Nothing of a first history has come in: what is pushed until then comes with it. */
function isAwaitingHistory({ headOid, walkOid }: Walk): boolean {
  return headOid === null && walkOid === null;
}

/** A head that was pushed while a first history comes in is live work, and does not wait behind it. */
async function requestWalk(tx: Transaction, walk: Walk): Promise<WalkKind | null> {
  const { repositoryId, observedOid, frontier } = walk;
  const isPush = observedOid !== null && frontier.includes(observedOid) && !isAwaitingHistory(walk);
  const kind = walk.headOid !== null || isPush ? "pull" : "backfill";
  const isPublished = kind === "pull";
  const isNew = await requestWork(tx, kind, repositoryId, { reason: "WALK", isPublished });
  return isNew && isPublished ? kind : null;
}

export function toWork({ delayMs, checkRate, reason }: NextCheck): NextWork {
  return { delayMs, rate: checkRate, reason };
}

import type { NextCheck, ScheduleOf } from "../domain/check-schedule.js";
import type { RepositoryState, Walk } from "../domain/repository.js";
import { WALK_KINDS, type WalkKind } from "../domain/work.js";
import type { Transaction } from "../postgres/database.js";
import {
  cancelWork,
  finishWork,
  type NextWork,
  renewWork,
  requestWork,
  scheduleWork,
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
 * What is due of a repository after a page or a check: its next check, and the walk while something is
 * missing. Returns the task that the caller is to publish: pushes are fetched at once, a first history
 * when a scheduler finds room for it. Of one that is paused nothing is due.
 */
export async function scheduleNext(
  tx: Transaction,
  { by, dueAt, state, isOver, walk, scheduleOf }: Left,
): Promise<WalkKind | null> {
  const { repositoryId } = walk;
  if (state === "PAUSED") return null;
  if (isOver) {
    await cancelWork(tx, WALK_KINDS, repositoryId);
    await checkNext(tx, { by, dueAt, walk }, toWork(scheduleOf(walk)));
    return null;
  }
  if (by === "check") {
    const isAwaiting = isAwaitingHistory(walk);
    const next = isAwaiting ? null : toWork(scheduleOf(walk));
    await finishWork(tx, "check", [{ id: repositoryId, next, reason: "WALK", dueAt }]);
    return await requestWalk(tx, walk);
  }
  await renewWork(tx, by, repositoryId);
  // A first history of many pages: what is pushed meanwhile is looked for, as of any repository.
  const next = toWork(scheduleOf(walk));
  if (walk.headOid === null) await scheduleWork(tx, "check", repositoryId, next, { isIdle: true });
  return null;
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

/** A check that has ended plans its next from now; a walk's end, from when the head was last looked at. */
async function checkNext(
  tx: Transaction,
  { by, dueAt, walk: { repositoryId, lookedAt } }: Pick<Left, "by" | "dueAt" | "walk">,
  next: NextWork,
): Promise<void> {
  if (by === "check") return await finishWork(tx, "check", [{ id: repositoryId, next, dueAt }]);
  const sinceMs = lookedAt === null ? 0 : Math.max(0, Date.now() - lookedAt.getTime());
  const delayMs = Math.max(0, next.delayMs - sinceMs);
  await scheduleWork(tx, "check", repositoryId, { ...next, delayMs });
}

export function toWork({ delayMs, checkRate, reason }: NextCheck): NextWork {
  return { delayMs, rate: checkRate, reason };
}

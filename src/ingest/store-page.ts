import type { ScheduleOf } from "../domain/check-schedule.js";
import type { IngestKind } from "../domain/feed-event.js";
import { planPage, positionAfter, type WalkStep } from "../domain/walk.js";
import type { WalkKind } from "../domain/work.js";
import type { HistoryPage } from "../github/github.js";
import type { Transaction } from "../postgres/database.js";
import { findStored } from "../store/commits/commit-store.js";
import { findBoundary, readWalk } from "../store/work/walk-store.js";
import { type Advanced, advanceWalk } from "./advance-walk.js";

export interface Page {
  readonly repositoryId: number;
  readonly generation: number;
  readonly step: WalkStep;
  readonly page: HistoryPage;
  readonly kind: IngestKind;
  /** Whose hands it is in. */
  readonly by: WalkKind;
  readonly scheduleOf: ScheduleOf;
}

/**
 * One page, whole or not at all. Null when the repository is gone or the pull is stale. Run again it
 * stores nothing twice.
 */
export async function storePage(tx: Transaction, request: Page): Promise<Advanced | null> {
  const { repositoryId, generation, step, page, kind, by, scheduleOf } = request;
  const walk = await readWalk(tx, repositoryId, { lock: true });
  if (walk === null || walk.generation !== generation) return null;

  const { frontier, trackFrom } = walk;
  const named = [...new Set(page.commits.flatMap(({ oid, parents }) => [oid, ...parents]))];
  const stored = await findStored(tx, repositoryId, named);
  const beyond = trackFrom === null ? [] : await findBoundary(tx, repositoryId, named);
  const known = new Set([...stored, ...beyond]);
  const plan = planPage({ commits: page.commits, frontier, known, trackFrom });
  const position = positionAfter(walk, step, page, plan);
  return await advanceWalk(tx, {
    ...plan,
    walk,
    kind,
    position,
    scheduleOf,
    by,
  });
}

import type { ScheduleOf } from "../domain/check-schedule.js";
import type { Actor, Commit, Oid } from "../domain/commit.js";
import { observe } from "../domain/commit-rate.js";
import { eventSlices } from "../domain/event-slices.js";
import type { IngestKind } from "../domain/feed-event.js";
import type { RepositoryState, Walk } from "../domain/repository.js";
import { isWalked, type Position } from "../domain/walk.js";
import type { WalkKind } from "../domain/work.js";
import type { Transaction } from "../postgres/database.js";
import { findMaybeBehind } from "../store/commits/behind-untold.js";
import {
  findReached,
  findStored,
  insertCommits,
  orphanUnreachable,
  restoreReachable,
} from "../store/commits/commit-store.js";
import { saveWalk } from "../store/repositories/repository-store.js";
import { insertRewrite } from "../store/repositories/rewrite-store.js";
import { findOpen } from "../store/work/history-check.js";
import { findBeyond, forgetAstray } from "../store/work/passed-store.js";
import { requestVerification } from "../store/work/verification-store.js";
import { announce } from "./announce.js";
import { scheduleAfterCheck, workAfterPage } from "./schedule-next.js";

/** A history of one page has been listed to its end: GitHub's count would say nothing new for its point. */
const VERIFIED_COMMITS_MIN = 101;

/** What a page or a check brings to a walk whose row lock the caller holds. */
export interface Advance {
  readonly walk: Walk;
  readonly kind: IngestKind;
  readonly insert: readonly Commit[];
  /** Afterwards; `walk.untold` as it is then, too. */
  readonly frontier: readonly Oid[];
  readonly position: Position | null;
  /** Whose hands it is in. */
  readonly by: "check" | WalkKind;
  /** Of a check: when it was due. */
  readonly dueAt?: Date | null;
  /** It brings what GitHub did not tell before: what was taken to lie behind it may lie elsewhere. */
  readonly isToldLate?: boolean;
  readonly scheduleOf: ScheduleOf;
}

export interface Advanced {
  readonly insertedCount: number;
  readonly orphanedCount: number;
  readonly restoredCount: number;
  readonly isComplete: boolean;
  readonly state: RepositoryState;
  /** The task that the caller is to publish. */
  readonly publish: WalkKind | null;
  /** Of the last event; null when there was nothing to announce. */
  readonly sequence: bigint | null;
}

/**
 * Writes what was learned, whole or not at all: commits, reachability, frontier, head, schedule, and
 * last the feed events. With a frontier of nothing but what GitHub does not tell, the head is where the
 * walk has come to all the same: what is pushed next does not wait for what may never come.
 *
 * Reachability: an earlier head is still reachable exactly if it is the new head or a parent of a
 * newly reachable commit (inserted or restored). Heads that nothing has met when the frontier is
 * empty were rewritten away, and what only they led to is orphaned.
 */
export async function advanceWalk(tx: Transaction, advance: Advance): Promise<Advanced> {
  const { walk, insert, position, kind, by } = advance;
  const { repositoryId, observedOid } = walk;
  const slices = eventSlices(insert);
  const { insertedCount, eventIds } = await insertCommits(tx, repositoryId, slices);

  const insertedParents = insert.flatMap(({ parents }) => parents);
  const head = observedOid === null ? [] : [observedOid];
  const restored =
    walk.orphanedCount === 0
      ? { oids: [], parents: [] }
      : await restoreReachable(tx, repositoryId, [...head, ...insertedParents]);
  const met = new Set([...head, ...insertedParents, ...restored.parents, ...restored.oids]);
  const notMet = walk.unmetOids.filter((oid) => !met.has(oid));

  const missing = await findMissing(tx, repositoryId, restored.parents);
  let frontier: Oid[] = [...new Set([...advance.frontier, ...missing])];
  const isOver = isWalked(frontier, walk);
  const isComplete = isOver && observedOid !== null;
  const unmetOids = isComplete ? await withoutReached(tx, walk, notMet) : notMet;
  const isRewritten = isComplete && unmetOids.length > 0;
  const kept = isRewritten ? await findMaybeBehind(tx, repositoryId, observedOid) : [];
  const orphaned = isRewritten ? await orphanUnreachable(tx, repositoryId, observedOid, kept) : [];
  if (isRewritten && frontier.length > 0) {
    // What is not told of what was left behind is not waited for.
    const open = new Set(await findOpen(tx, repositoryId, observedOid));
    frontier = frontier.filter((oid) => open.has(oid));
  }
  const headOid = isComplete ? observedOid : walk.headOid;
  const state = walk.state === "PAUSED" ? walk.state : stateOf(headOid, observedOid);
  const counts = {
    insertedCount,
    orphanedCount: orphaned.length,
    restoredCount: restored.oids.length,
  };
  const [beforeOid] = unmetOids; // the first head that was left behind
  if (isRewritten && beforeOid !== undefined) {
    await insertRewrite(tx, {
      repositoryId,
      orphanedCount: orphaned.length,
      restoredCount: walk.restoredCount + restored.oids.length,
      beforeOid,
      afterOid: observedOid,
    });
  }
  const landedAt = insert.map(({ committedAt }) => committedAt);
  const known = { weight: walk.rateWeight, at: walk.rateAt };
  const rate = insertedCount === 0 ? known : observe(known, landedAt, new Date());
  const lastCommitAt = latest(newestDate(insert), walk.lastCommitAt);
  const scheduled = { ...walk, lastCommitAt, rateWeight: rate.weight, rateAt: rate.at };
  const left = {
    by,
    dueAt: advance.dueAt ?? null,
    state,
    isOver,
    walk: { ...scheduled, headOid, frontier, walkOid: position?.oid ?? null },
    scheduleOf: advance.scheduleOf,
  };
  const saved = {
    ...counts,
    by: by === "check" ? "check" : "page",
    isComplete,
    observedOid,
    headOid,
    frontier,
    unmetOids: isComplete ? [] : unmetOids,
    isStartFound:
      walk.isStartFound || (isComplete && frontier.length === 0 && walk.trackFrom !== null),
    walkOid: position?.oid ?? null,
    walkAfter: position?.after ?? null,
    state,
    lastCommitAt,
    rate,
  } as const;
  await saveWalk(tx, repositoryId, saved, workAfterPage(left));
  const publish = await scheduleAfterCheck(tx, left);
  // What only heads of before led to.
  const hasPassed = walk.trackFrom !== null || walk.untold.length > 0;
  if (isComplete && hasPassed) await forgetAstray(tx, repositoryId, frontier);
  // It waits until all of it has come in.
  if (advance.isToldLate) await requestVerification(tx, repositoryId, { isDeep: false });
  if (isComplete && walk.headOid === null) {
    const first = { isDeep: false, unlessAt: observedOid, commitsMin: VERIFIED_COMMITS_MIN };
    await requestVerification(tx, repositoryId, first);
  }
  const sequence = await announce(tx, {
    kind,
    repositoryId,
    headOid,
    stored: eventIds.map((id, index) => ({ id, authors: authorsOf(slices[index] ?? []) })),
    orphaned,
    restored: restored.oids,
    isNews: insertedCount > 0 || headOid !== walk.headOid,
  });
  return { ...counts, isComplete, state, publish, sequence };
}

function authorsOf(commits: readonly Commit[]): Actor[] {
  return commits.map(({ author }) => author);
}

/** An orphan's own history may never have been fetched to its end, if GitHub had thrown it away. */
async function findMissing(
  tx: Transaction,
  repositoryId: number,
  parents: readonly Oid[],
): Promise<Oid[]> {
  const stored = parents.length === 0 ? new Set() : await findStored(tx, repositoryId, parents);
  const open = parents.filter((oid) => !stored.has(oid));
  if (open.length === 0) return [];
  const beyond = await findBeyond(tx, repositoryId, open);
  return open.filter((oid) => !beyond.has(oid));
}

/** A head beyond the tracking start is met where the new one leads to it, though nothing stored does. */
async function withoutReached(
  tx: Transaction,
  { repositoryId, observedOid, trackFrom }: Walk,
  oids: readonly Oid[],
): Promise<readonly Oid[]> {
  if (trackFrom === null || observedOid === null || oids.length === 0) return oids;
  const beyond = await findBeyond(tx, repositoryId, oids);
  if (beyond.size === 0) return oids;
  const reached = await findReached(tx, repositoryId, observedOid, [...beyond]);
  return oids.filter((oid) => !reached.has(oid));
}

function stateOf(headOid: Oid | null, observedOid: Oid | null): RepositoryState {
  if (headOid !== null) return "ACTIVE";
  return observedOid === null ? "EMPTY" : "BACKFILLING";
}

function latest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

/** A commit dated in the future says nothing about when the next one comes. */
function newestDate(commits: readonly Commit[]): Date | null {
  const now = Date.now();
  const past = commits.map(({ committedAt }) => committedAt.getTime()).filter((at) => at <= now);
  return past.length === 0 ? null : new Date(past.reduce((a, b) => Math.max(a, b)));
}

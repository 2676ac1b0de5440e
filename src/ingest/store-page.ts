import type { ScheduleOf } from "../domain/check-schedule.js";
import type { Commit, Oid } from "../domain/commit.js";
import type { IngestKind } from "../domain/feed-event.js";
import { type PagePlan, type PageStart, planPage } from "../domain/page-plan.js";
import { START_BOUNDS, type StartBounds } from "../domain/passed.js";
import type { Walk } from "../domain/repository.js";
import { attempted } from "../domain/untold.js";
import { type PageStep, positionAfter, positionAmong, positionOf } from "../domain/walk.js";
import type { WalkKind } from "../domain/work.js";
import type { HistoryPage } from "../github/github.js";
import type { Transaction } from "../postgres/database.js";
import { findStored } from "../store/commits/commit-store.js";
import { findRepositoryWith, readElsewhere } from "../store/commits/known-elsewhere.js";
import {
  decidePassed,
  deletePassed,
  findBeyond,
  forgetAstray,
  readAdmitted,
  readPassed,
  savePassed,
} from "../store/work/passed-store.js";
import { readWalk, readWalkAmong } from "../store/work/walk-store.js";
import { type Advanced, advanceWalk } from "./advance-walk.js";
import { findBehind, recordUntold } from "./record-untold.js";

/** What is done to a walk, and for whom. */
export interface WalkTask {
  readonly repositoryId: number;
  readonly generation: number;
  readonly kind: IngestKind;
  /** Whose hands it is in. */
  readonly by: WalkKind;
  readonly scheduleOf: ScheduleOf;
  /** Absent: `START_BOUNDS`. */
  readonly startBounds?: StartBounds;
}

export interface Page extends WalkTask {
  readonly step: PageStep;
  readonly page: HistoryPage;
}

/**
 * One page, whole or not at all. Null when the repository is gone or the pull is stale. Run again it
 * stores nothing twice.
 */
export async function storePage(tx: Transaction, request: Page): Promise<Advanced | null> {
  const { step, page } = request;
  const known = await readWalkAmong(tx, request.repositoryId, namedBy(page.commits));
  if (known?.walk.generation !== request.generation) return null;
  const { walk } = known;
  if (page.odd.length === 0 && walk.untold.length === 0) {
    const plan = await planCommits(tx, known, page.commits, request.startBounds);
    return await store(tx, request, walk, plan);
  }
  const { roots: behind, open } = await findBehind(tx, walk, page.commits, step);
  const wider = { ...walk, frontier: [...walk.frontier, ...open] };
  const about = { ...known, walk: wider };
  const plan = await planCommits(tx, about, page.commits, request.startBounds);
  const asked = [...new Set([...plan.frontier, ...plan.wanted])];
  const untold = await recordUntold(tx, walk, { page, behind, asked, step });
  const isToldLate = untold.length < walk.untold.length;
  return await store(tx, request, { ...walk, untold }, plan, { isToldLate });
}

/** At most `limit` of what was passed and belongs. Null as above. */
export async function storeAdmitted(
  tx: Transaction,
  request: WalkTask & { readonly limit: number },
): Promise<Advanced | null> {
  const walk = await lockWalk(tx, request);
  if (walk === null) return null;
  const { repositoryId, frontier } = walk;
  const commits = await readAdmitted(tx, repositoryId, { frontier, limit: request.limit });
  if (commits.length === 0) await forgetAstray(tx, repositoryId, frontier); // of a head of before
  const stored = await findStored(tx, repositoryId, namedBy(commits));
  const plan = await planCommits(tx, { walk, stored }, commits, request.startBounds);
  return await store(tx, request, walk, plan);
}

/**
 * At most `limit` commits that are still to be fetched and that another repository has stored: a fork, or
 * what it was forked from. A commit's id is that of all it says and leads to, so that they are this
 * repository's too, whoever else may see the other. "unknown" where there are none. Null as above.
 */
export async function storeKnown(
  tx: Transaction,
  request: WalkTask & { readonly limit: number },
): Promise<Advanced | null | "unknown"> {
  const walk = await lockWalk(tx, request);
  if (walk === null) return null;
  const { repositoryId, wanted: oids, trackFrom } = walk;
  if (trackFrom !== null || walk.untold.length > 0) return "unknown"; // what is passed has its own ways
  const from = await findRepositoryWith(tx, repositoryId, oids);
  if (from === null) return "unknown";
  const { limit } = request;
  const commits = await readElsewhere(tx, repositoryId, { from, oids, limit });
  const stored = await findStored(tx, repositoryId, namedBy(commits));
  const plan = await planCommits(tx, { walk, stored }, commits, request.startBounds);
  if (plan.insert.length === 0) return "unknown";
  return await store(tx, request, walk, plan, { isCopy: true });
}

/** The walk under its row lock; null where it is not the task's any more. */
export async function lockWalk(
  tx: Transaction,
  { repositoryId, generation }: Pick<WalkTask, "repositoryId" | "generation">,
): Promise<Walk | null> {
  const walk = await readWalk(tx, repositoryId, { lock: true });
  return walk?.generation === generation ? walk : null;
}

/** What has to be known of these commits. */
function namedBy(commits: readonly Commit[]): Oid[] {
  return [...new Set(commits.flatMap(({ oid, parents }) => [oid, ...parents]))];
}

async function planCommits(
  tx: Transaction,
  { walk, stored }: { readonly walk: Walk; readonly stored: ReadonlySet<Oid> },
  commits: readonly Commit[],
  bounds = START_BOUNDS,
): Promise<PagePlan> {
  const { repositoryId, frontier, trackFrom: from } = walk;
  if (from === null) {
    const plan = planPage({ commits, frontier, stored, beyond: new Set(), start: null });
    if (walk.untold.length > 0) await forgetTold(tx, repositoryId, plan);
    return plan;
  }
  const beyond = await findBeyond(tx, repositoryId, namedBy(commits));
  const passed = await readPassed(tx, repositoryId);
  const start: PageStart = { from, slack: slackOf(walk, bounds), passed };
  const plan = planPage({ commits, frontier, stored, beyond, start });
  if (passed.length > 0 || walk.untold.length > 0) await forgetTold(tx, repositoryId, plan);
  await savePassed(tx, repositoryId, plan.passed);
  return plan;
}

async function forgetTold(tx: Transaction, repositoryId: number, { insert }: PagePlan) {
  const oids = insert.map(({ oid }) => oid);
  await deletePassed(tx, repositoryId, oids);
}

function slackOf({ isStartFound, undecidedCount }: Walk, bounds: StartBounds): number {
  if (isStartFound) return Number.POSITIVE_INFINITY;
  return undecidedCount < bounds.undecidedMax ? bounds.slack : 0;
}

async function store(
  tx: Transaction,
  { kind, by, scheduleOf, ...request }: WalkTask | Page,
  walk: Walk,
  { insert, frontier, hasAdmitted, newsCount, ...plan }: PagePlan,
  { isToldLate = false, isCopy = false } = {},
): Promise<Advanced> {
  const isAttempted = attempted(walk.untold);
  const wanted = plan.wanted.filter((oid) => !isAttempted.has(oid));
  const position = () => {
    if ("page" in request) {
      return positionAfter(walk, request.step, request.page, { wanted, newsCount });
    }
    // A walk that has begun has a position, and one that is over has none.
    if (isCopy) return positionAmong(wanted, walk.observedOid, walk.observedOid);
    return frontier.length === 0 ? null : positionOf(walk);
  };
  // A first history that has led to nothing but what it passed: there it begins.
  const isSought = walk.trackFrom !== null && !walk.isStartFound;
  const isStart = isSought && wanted.length === 0 && !hasAdmitted && frontier.length > 0;
  if (isStart) await decidePassed(tx, walk.repositoryId, { frontier, as: "BEYOND" });
  const isUntold = new Set(walk.untold.map(({ oid }) => oid));
  const left = isStart ? frontier.filter((oid) => isUntold.has(oid)) : frontier;
  const change = { walk, insert, frontier: left, position: position(), isToldLate };
  return await advanceWalk(tx, { ...change, kind, by, scheduleOf });
}

import type { Logger } from "pino";
import type { IngestKind } from "../domain/feed-event.js";
import { isForTheApi, pagesBeforeGit } from "../domain/history-transport.js";
import { START_BOUNDS, type StartBounds } from "../domain/passed.js";
import type { Walk } from "../domain/repository.js";
import { isWalked, nextStep, type WalkStep } from "../domain/walk.js";
import { PAGE_LOCK_MS, type WalkKind } from "../domain/work.js";
import type { Advanced } from "../ingest/advance-walk.js";
import { storeAdmitted, storeKnown } from "../ingest/store-page.js";
import type { TaskPayload } from "../queue/task.js";
import { findRepositoryWith, hasNamesake } from "../store/commits/known-elsewhere.js";
import { readWalk } from "../store/work/walk-store.js";
import {
  cancelWork,
  postponeWork,
  readAttempts,
  releaseWork,
  requestWork,
} from "../store/work/work-store.js";
import { nudge } from "../tracking/nudge.js";
import { fetchHistory } from "./fetch-history.js";
import { LONG_WALK } from "./long-walk.js";
import { lookBehind, newCounts } from "./look-behind.js";
import {
  afterPage,
  type PullContext,
  type PullDependencies,
  pullPage,
  type Turn,
} from "./pull-page.js";

/** A task ends after this many pages and hands over to a new one, so that no message is held for long. */
const PAGES_PER_TASK = 10;
/** A broker takes a task back after half an hour. */
const TASK_MS_MAX = 27 * 60_000;
/** Stored in one transaction of what another repository has. */
const KNOWN_COMMITS = 1_000;

/**
 * Walks a repository's history until its frontier is empty: at most one request and one transaction a
 * page. Stops without a trace when the generation has moved on or another task has finished the walk; a
 * pull of what was pushed stops where what is left is a first history, which has a task of its own.
 */
export async function pullCommits(
  dependencies: PullDependencies,
  { repositoryId, generation }: TaskPayload<"pull">,
  context: PullContext,
): Promise<void> {
  const { database, startBounds = START_BOUNDS } = dependencies;
  const { by, signal, logger } = context;
  const endsAtMs = performance.now() + (dependencies.histories?.taskMsMax ?? TASK_MS_MAX);
  const pageSize = dependencies.pageSizes.of(repositoryId);
  const attempts = await readAttempts(database.primary, by, repositoryId);
  // What was cut off before is given longer.
  const bounds = { lockTimeoutMs: PAGE_LOCK_MS, ...(attempts > 0 && LONG_WALK) };
  const counts = newCounts();
  let isGitAsked = false;
  let isSoughtElsewhere = by === "backfill";
  for (let pages = 0; pages < PAGES_PER_TASK; pages += 1) {
    const walk = await readWalk(database.primary, repositoryId);
    if (walk === null || walk.generation !== generation) {
      // Taken up by an old task: whoever has the one of now is not to wait for its lease.
      if (pages === 0) await releaseWork(database.primary, by, [repositoryId]);
      return;
    }
    const first = pageSize.current();
    const step = nextStep(walk, first);
    const { nodeId } = walk;
    if (step === null || nodeId === null || walk.state === "PAUSED") break;
    const kind = kindOf(walk, step);
    if (signal.aborted || (by === "pull" && kind === "BACKFILL")) break;
    const scheduleOf = await dependencies.scheduling.current();
    const task = { repositoryId, generation, kind, by, scheduleOf, startBounds };
    const turn = { walk, nodeId, task, first, bounds, endsAtMs };
    let stored: Advanced | null | "again" | "known" = "known";
    if (step.kind === "admit") {
      const admit = { ...task, limit: first };
      stored = await database.transaction((tx) => storeAdmitted(tx, admit), bounds);
    } else if (step.kind === "decide" || isToLookBehind(walk, step, pages, startBounds)) {
      context.onPage?.(`commits behind the tracking start of ${repositoryId}`);
      const { gitHub } = dependencies;
      const request = { database, gitHub, task, first, signal, transaction: bounds, counts };
      stored = await lookBehind(request, walk);
    }
    // What was pushed comes before a copy.
    if (stored === "known" && isSoughtElsewhere && kind === "BACKFILL") {
      const found = await storeFromElsewhere(dependencies, turn);
      // What a fork has of its own comes with its first page.
      isSoughtElsewhere = found !== "unknown" || pages === 0;
      stored = found === "unknown" ? "known" : found;
    }
    const isGitsTurn =
      stored === "known" && !isGitAsked && isForGit(dependencies, turn, step, pages);
    if (isGitsTurn && !(await isForOnePage(dependencies, walk, pages))) {
      isGitAsked = true;
      const fetched = await fetchByGit(dependencies, turn, context);
      if (fetched === "over") return;
      continue;
    }
    if (stored === "known" && (step.kind === "history" || step.kind === "chains")) {
      stored = await pullPage(dependencies, turn, step, context);
    }
    if (stored === "again" || stored === "known") continue;
    if ((await afterPage(dependencies, task, stored, context)) === "over") return;
  }
  await handOver(dependencies, { repositoryId, generation }, by, logger);
}

/** Looked for without the row's lock: of most repositories nothing is elsewhere. */
async function storeFromElsewhere({ database }: PullDependencies, { walk, task, bounds }: Turn) {
  const { repositoryId, wanted } = walk;
  const from = await findRepositoryWith(database.primary, repositoryId, wanted);
  if (from === null) return "unknown";
  const known = { ...task, limit: KNOWN_COMMITS };
  return await database.transaction((tx) => storeKnown(tx, known), bounds);
}

/** Whether what is left is to come by git: pushes never wait for it, and odd commits are the API's. */
function isForGit(
  { histories, startBounds = START_BOUNDS }: PullDependencies,
  { walk, task }: Turn,
  step: WalkStep,
  pages: number,
): boolean {
  if (histories === undefined || isForTheApi(walk, startBounds.patience)) return false;
  const isFirstPage =
    step.kind === "history" && step.oid === walk.observedOid && step.after === null;
  const isPush = task.kind === "LIVE" && isFirstPage;
  const isOfPages = step.kind === "history" || (step.kind === "chains" && !step.isOfGitAlone);
  return isOfPages && !isPush && pages >= pagesBeforeGit(histories, walk);
}

/**
 * Whether one page of the API comes before git: what a fork has of its own may be no more than that, and
 * all behind it is copied.
 */
async function isForOnePage(
  { database }: PullDependencies,
  { repositoryId, headOid, walkOid, trackFrom }: Walk,
  pages: number,
): Promise<boolean> {
  const isNew = headOid === null && walkOid === null && trackFrom === null;
  return isNew && pages === 0 && (await hasNamesake(database.primary, repositoryId));
}

async function fetchByGit(dependencies: PullDependencies, turn: Turn, context: PullContext) {
  const { histories } = dependencies;
  return histories === undefined
    ? "refused"
    : await fetchHistory({ ...dependencies, histories }, turn, context);
}

/** Many that are undecided may lead far behind the start: what lies there is looked at in turn with them. */
function isToLookBehind(
  { isStartFound, undecidedCount, observedOid }: Walk,
  step: WalkStep,
  pages: number,
  { patience, undecidedMax }: StartBounds,
): boolean {
  const isNewHead = step.kind === "history" && step.oid === observedOid && step.after === null;
  if (!isStartFound || isNewHead) return false;
  return undecidedCount >= undecidedMax || (undecidedCount >= patience && pages % 2 === 1);
}

/** Whoever goes on: a first history waits its turn among others in its row, a push in the queue. */
async function handOver(
  { database, queue }: PullDependencies,
  task: TaskPayload<"pull">,
  by: WalkKind,
  logger: Logger,
): Promise<void> {
  const { repositoryId, generation } = task;
  const goesOn = await database.transaction(async (tx) => {
    const walk = await readWalk(tx, repositoryId, { lock: true });
    if (walk === null || walk.generation !== generation || walk.state === "PAUSED") return false;
    const isLeft = !isWalked(walk.frontier, walk) && walk.nodeId !== null;
    const isFirst = isLeft && walk.headOid === null;
    if (isFirst) {
      await requestWork(tx, "backfill", repositoryId, { reason: "WALK", isPublished: false });
    }
    const isOver = !isLeft || (isFirst && by === "pull");
    if (isOver) await cancelWork(tx, [by], repositoryId);
    else if (by === "pull") await releaseWork(tx, by, [repositoryId]);
    else await postponeWork(tx, by, [repositoryId], { delayMs: 0 });
    return !isOver;
  });
  if (goesOn && by === "pull") await nudge({ queue, logger }, "pull", task);
}

/** Live: pushed after a first history was complete, or while it is still being fetched. */
function kindOf(walk: Walk, step: WalkStep): IngestKind {
  const isNewHead =
    step.kind === "history" &&
    step.oid === walk.observedOid &&
    step.after === null &&
    walk.walkOid !== null;
  return walk.headOid !== null || isNewHead ? "LIVE" : "BACKFILL";
}

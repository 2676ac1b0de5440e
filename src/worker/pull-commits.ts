import type { Logger } from "pino";
import type { Oid } from "../domain/commit.js";
import { isTrackerError } from "../domain/errors.js";
import type { IngestKind } from "../domain/feed-event.js";
import { START_BOUNDS, type StartBounds } from "../domain/passed.js";
import type { Walk } from "../domain/repository.js";
import { isWalked, nextStep, type RequestStep, type WalkStep } from "../domain/walk.js";
import { PAGE_LOCK_MS, type WalkKind } from "../domain/work.js";
import type { Fanout } from "../fanout/fanout.js";
import type { GitHub, HistoryPage } from "../github/github.js";
import type { Advanced } from "../ingest/advance-walk.js";
import { dropAbandoned } from "../ingest/drop-abandoned.js";
import { storeAdmitted, storeKnown, storePage, type WalkTask } from "../ingest/store-page.js";
import type { Database } from "../postgres/database.js";
import type { TransactionBounds } from "../postgres/transaction-bounds.js";
import type { TaskQueue } from "../queue/queue.js";
import type { TaskPayload } from "../queue/task.js";
import { forgetPosition } from "../store/repositories/repository-store.js";
import { saveHistoryCount } from "../store/work/history-count-store.js";
import { readWalk } from "../store/work/walk-store.js";
import {
  cancelWork,
  postponeWork,
  readAttempts,
  releaseWork,
  requestWork,
} from "../store/work/work-store.js";
import type { Metrics } from "../telemetry/metrics.js";
import { withSpan } from "../telemetry/tracing.js";
import { nudge } from "../tracking/nudge.js";
import { type BatchSizes, isTooMuch } from "./batch-size.js";
import { LONG_WALK } from "./long-walk.js";
import { lookBehind, newCounts } from "./look-behind.js";
import type { Scheduling } from "./scheduling.js";

export interface PullDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly fanout: Fanout;
  readonly gitHub: GitHub;
  readonly scheduling: Scheduling;
  /** Commits asked for at once, by repository: 1 to 100. */
  readonly pageSizes: BatchSizes;
  /** Absent: `START_BOUNDS`. */
  readonly startBounds?: StartBounds;
  readonly metrics: Metrics;
}

/** A task ends after this many pages and hands over to a new one, so that no message is held for long. */
const PAGES_PER_TASK = 10;
const COMMIT_DELAY_S_MAX = 86_400;

interface PullContext {
  /** Of the task. */
  readonly by: WalkKind;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Which page is about to be asked for, in words for a person. */
  readonly onPage?: (page: string) => void;
}

/** Stored in one transaction of what another repository has. */
const KNOWN_COMMITS = 1_000;

/** A step of a walk, as it stands. */
interface Turn {
  readonly walk: Walk;
  readonly nodeId: string;
  readonly task: WalkTask;
  readonly first: number;
  readonly bounds: Partial<TransactionBounds>;
}

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
  const { database, fanout, startBounds = START_BOUNDS } = dependencies;
  const { by, signal, logger } = context;
  const pageSize = dependencies.pageSizes.of(repositoryId);
  const attempts = await readAttempts(database.primary, by, repositoryId);
  // What was cut off before is given longer.
  const bounds = { lockTimeoutMs: PAGE_LOCK_MS, ...(attempts > 0 && LONG_WALK) };
  const counts = newCounts();
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
    const turn = { walk, nodeId, task, first, bounds };
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
    if (stored === "known" && isSoughtElsewhere && walk.headOid === null) {
      const known = { ...task, limit: KNOWN_COMMITS };
      const found = await database.transaction((tx) => storeKnown(tx, known), bounds);
      // What a fork has of its own comes with its first page.
      isSoughtElsewhere = found !== "unknown" || pages === 0;
      stored = found === "unknown" ? "known" : found;
    }
    if (stored === "known" && (step.kind === "history" || step.kind === "chains")) {
      stored = await pullPage(dependencies, turn, step, context);
    }
    if (stored === "again" || stored === "known") continue;
    if (stored === null) return logger.info("pull is stale, stopped");
    if (stored.sequence !== null) {
      dependencies.metrics.commitsStored.inc({ kind }, stored.insertedCount);
      await fanout.ring(stored.sequence);
      logger.info({ kind, ...stored, sequence: String(stored.sequence) }, "page stored");
    }
    if (stored.isComplete) return;
  }
  await handOver(dependencies, { repositoryId, generation }, by, logger);
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

/** Asks for a page and stores it. "again" where something stood in its way, and does so no more. */
async function pullPage(
  dependencies: PullDependencies,
  { walk, nodeId, task, first, bounds }: Turn,
  step: RequestStep,
  { signal, logger, onPage }: PullContext,
): Promise<Advanced | null | "again"> {
  const { database, fanout, metrics } = dependencies;
  const { repositoryId, kind } = task;
  const pageSize = dependencies.pageSizes.of(repositoryId);
  onPage?.(nameOfPage(step, first));
  const isCounted = isToBeCounted(walk, step);
  const request = { nodeId, step, first, kind, isCounted };
  /** One that GitHub does not have, and that may be of what a rewrite has left behind. */
  const drop = async (missingOid: Oid) => {
    const gone = { ...task, missingOid };
    const sequence = await database.transaction((tx) => dropAbandoned(tx, gone), bounds);
    if (sequence === "needed") return sequence;
    logger.info({ missingOid }, "a rewritten commit is gone, going on without it");
    if (sequence !== null) await fanout.ring(sequence);
    return "dropped";
  };
  const page = await fetchPage(dependencies, request, signal).catch(async (error: unknown) => {
    if (isTooMuch(error) && isCounted) {
      logger.info({ err: error }, "first history not counted");
      await saveCount(dependencies, walk, null);
      return null;
    }
    if (isTooMuch(error)) pageSize.failed(first);
    if (isTrackerError(error, "GITHUB_BAD_CURSOR") && step.kind === "history") {
      logger.info({ step }, "github no longer takes the walk's cursor, going on without it");
      await forgetPosition(database.primary, repositoryId, step);
    } else if (isTrackerError(error, "GITHUB_NOT_FOUND") && error.details.missingOid) {
      if ((await drop(error.details.missingOid)) === "needed") throw error;
    } else throw error;
    return null;
  });
  if (page === null) return "again";
  for (const { oid, error } of page.odd) {
    if (error.details.missingOid) await drop(error.details.missingOid);
    logger.warn({ err: error, oid }, "a commit was not told");
  }
  pageSize.succeeded(first);
  if (isCounted) await saveCount(dependencies, walk, page.totalCount);
  const stored = await withSpan("store page", { repositoryId, commits: page.commits.length }, () =>
    database.transaction((tx) => storePage(tx, { ...task, step, page }), bounds),
  );
  if (stored !== null && kind === "LIVE") observeDelay(metrics, page, stored.insertedCount);
  return stored;
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

/**
 * A first history of more than a page is counted by GitHub with its second, for whoever watches it come
 * in; the verification that follows takes the count over. What lies before a tracking start is counted too.
 */
function isToBeCounted(
  { headOid, observedOid, trackFrom, isCounted }: Walk,
  step: RequestStep,
): boolean {
  // What was pushed meanwhile is another history, which the verification has counted.
  const isContinued = step.kind === "history" && step.after !== null && step.oid === observedOid;
  return headOid === null && trackFrom === null && !isCounted && isContinued;
}

async function saveCount(
  { database }: PullDependencies,
  { repositoryId, observedOid: oid }: Walk,
  count: number | null,
): Promise<void> {
  if (oid !== null) await saveHistoryCount(database.primary, { repositoryId, oid, count });
}

function nameOfPage(step: RequestStep, first: number): string {
  if (step.kind === "chains") return `first parents of ${step.chains.length} commits`;
  const { oid, after } = step;
  return `${first} commits of ${oid}${after === null ? "" : ` after ${after}`}`;
}

async function fetchPage(
  { gitHub }: PullDependencies,
  {
    nodeId,
    step,
    first,
    kind,
    isCounted,
  }: { nodeId: string; step: RequestStep; first: number; kind: IngestKind; isCounted: boolean },
  signal: AbortSignal,
): Promise<HistoryPage> {
  const options = { signal, purpose: kind === "LIVE" ? "live" : "backfill" } as const;
  if (step.kind === "history") {
    const { oid, after } = step;
    const page = await withSpan("github history", { oid, after: after ?? "" }, () =>
      gitHub.history({ nodeId, oid, after, first, isCounted }, options),
    );
    return page;
  }
  const { chains, isOfGitAlone = false } = step;
  const told = await withSpan("github first parents", { chains: chains.length }, () =>
    gitHub.firstParents({ nodeId, chains, isOfGitAlone }, options),
  );
  const wrong = told.odd.find(({ error }) => error.details.otherOid !== undefined);
  if (wrong !== undefined && told.commits.length === 0) throw wrong.error;
  return { ...told, endCursor: null, hasNextPage: false, totalCount: null };
}

/** How long commits took from their date to here; a date of days ago says nothing about us. */
function observeDelay(
  { commitDelay }: Metrics,
  { commits }: HistoryPage,
  insertedCount: number,
): void {
  for (const { committedAt } of commits.slice(0, insertedCount)) {
    const seconds = (Date.now() - committedAt.getTime()) / 1_000;
    if (seconds >= 0 && seconds < COMMIT_DELAY_S_MAX) commitDelay.observe(seconds);
  }
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

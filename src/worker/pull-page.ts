import type { Logger } from "pino";
import type { Oid } from "../domain/commit.js";
import { isTrackerError } from "../domain/errors.js";
import type { IngestKind } from "../domain/feed-event.js";
import type { StartBounds } from "../domain/passed.js";
import type { Walk } from "../domain/repository.js";
import type { RequestStep } from "../domain/walk.js";
import type { WalkKind } from "../domain/work.js";
import type { Fanout } from "../fanout/fanout.js";
import type { CommitsTold, GitHub, HistoryPage } from "../github/github.js";
import type { Advanced } from "../ingest/advance-walk.js";
import { dropAbandoned } from "../ingest/drop-abandoned.js";
import { storePage, type WalkTask } from "../ingest/store-page.js";
import type { Database } from "../postgres/database.js";
import type { TransactionBounds } from "../postgres/transaction-bounds.js";
import type { TaskQueue } from "../queue/queue.js";
import { forgetPosition } from "../store/repositories/repository-store.js";
import { saveHistoryCount } from "../store/work/history-count-store.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";
import { observe } from "../telemetry/metrics/observe.js";
import { withChildSpan } from "../telemetry/traces/spans.js";
import { type BatchSizes, isTooMuch } from "./batch-size.js";
import type { HistoriesByGit } from "./histories-by-git.js";
import type { Scheduling } from "./scheduling.js";

const COMMIT_DELAY_S_MAX = 86_400;

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
  /** Absent: all comes by the API. */
  readonly histories?: HistoriesByGit;
}

export interface PullContext {
  /** Of the task. */
  readonly by: WalkKind;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Which page is about to be asked for, in words for a person. */
  readonly onPage?: (page: string) => void;
}

/** A step of a walk, as it stands. */
export interface Turn {
  readonly walk: Walk;
  readonly nodeId: string;
  readonly task: WalkTask;
  readonly first: number;
  readonly bounds: Partial<TransactionBounds>;
  /** By `performance.now()`: when its task is handed over at the latest, before its broker takes it back. */
  readonly endsAtMs: number;
}

/** Asks for a page and stores it. "again" where something stood in its way, and does so no more. */
export async function pullPage(
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
  const attributes = { "tracker.page.commits": page.commits.length };
  const stored = await withChildSpan("store page", { attributes }, () =>
    database.transaction((tx) => storePage(tx, { ...task, step, page }), bounds),
  );
  if (stored !== null && kind === "LIVE") observeDelay(metrics, walk, page, stored.insertedCount);
  return stored;
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
    return await gitHub.history({ nodeId, oid, after, first, isCounted }, options);
  }
  const { chains, isOfGitAlone = false } = step;
  const told = await gitHub.firstParents({ nodeId, chains, isOfGitAlone }, options);
  const wrong = told.odd.find(({ error }) => error.details.otherOid !== undefined);
  if (wrong !== undefined && told.commits.length === 0) throw wrong.error;
  return { ...told, endCursor: null, hasNextPage: false, totalCount: null };
}

/**
 * How long commits took from their date to here, and from the push that brought them; what is of days ago
 * says nothing about us.
 */
export function observeDelay(
  { commitDelay, pushDelay }: Metrics,
  { pushedAt }: Pick<Walk, "pushedAt">,
  { commits }: CommitsTold,
  insertedCount: number,
): void {
  const observeSince = (delay: typeof commitDelay, time: Date) => {
    const seconds = (Date.now() - time.getTime()) / 1_000;
    if (seconds >= 0 && seconds < COMMIT_DELAY_S_MAX) observe(delay, {}, seconds);
  };
  for (const { committedAt } of commits.slice(0, insertedCount)) {
    observeSince(commitDelay, committedAt);
    if (pushedAt !== null) observeSince(pushDelay, pushedAt);
  }
}

/** Tells of what a page has stored; "over" where the walk does not go on. */
export async function afterPage(
  { fanout, metrics }: PullDependencies,
  { kind }: WalkTask,
  stored: Advanced | null,
  { logger }: PullContext,
): Promise<"over" | null> {
  if (stored === null) {
    logger.info("pull is stale, stopped");
    return "over";
  }
  metrics.pagesStored.inc({ kind });
  if (stored.sequence !== null) {
    metrics.commitsStored.inc({ kind }, stored.insertedCount);
    await fanout.ring(stored.sequence);
    logger.info({ kind, ...stored, sequence: String(stored.sequence) }, "page stored");
  }
  return stored.isComplete ? "over" : null;
}

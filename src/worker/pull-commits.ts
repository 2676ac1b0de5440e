import type { Logger } from "pino";
import type { CheckIntervalBounds } from "../domain/check-interval.js";
import type { Oid } from "../domain/commit.js";
import { isTrackerError } from "../domain/errors.js";
import type { IngestKind } from "../domain/feed-event.js";
import type { Walk } from "../domain/repository.js";
import { nextStep, planPage, positionAfter, type WalkStep } from "../domain/walk.js";
import type { Fanout } from "../fanout/fanout.js";
import type { GitHub, HistoryPage } from "../github/github.js";
import type { TaskQueue } from "../queue/queue.js";
import type { TaskPayload } from "../queue/task.js";
import { findOpen, findStored } from "../store/commit-store.js";
import type { Database, Transaction } from "../store/database.js";
import { findBoundary, forgetPosition, readWalk } from "../store/walk-store.js";
import type { Metrics } from "../telemetry/metrics.js";
import { withSpan } from "../telemetry/tracing.js";
import { type Advanced, advanceWalk } from "./advance-walk.js";
import type { CheckPace } from "./check-pace.js";

export interface PullDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly fanout: Fanout;
  readonly gitHub: GitHub;
  readonly pace: CheckPace;
  /** Commits asked for at once, 1 to 100. */
  readonly pageSize?: number;
  readonly metrics: Metrics;
}

const PAGE_SIZE = 100; // the most GitHub gives
/** A task ends after this many pages and hands over to a new one, so that no message is held for long. */
const PAGES_PER_TASK = 10;

/**
 * Walks a repository's history until its frontier is empty: one request and one transaction a page.
 * Stops without a trace when the generation has moved on or another task has finished the walk.
 */
export async function pullCommits(
  dependencies: PullDependencies,
  { repositoryId, generation }: TaskPayload<"pull">,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  const { database, queue, fanout, pageSize = PAGE_SIZE } = dependencies;
  for (let pages = 0; pages < PAGES_PER_TASK; pages += 1) {
    const walk = await readWalk(database.primary, repositoryId);
    if (walk === null || walk.generation !== generation || walk.state === "PAUSED") return;
    const step = nextStep(walk, pageSize);
    if (step === null || walk.nodeId === null) return;
    if (signal.aborted) break; // the page in hand is stored; the next task goes on
    const kind = kindOf(walk, step);
    const page = await fetchPage(dependencies, walk.nodeId, step, kind, signal).catch(
      async (error: unknown) => {
        if (isTrackerError(error, "GITHUB_BAD_CURSOR") && step.kind === "history") {
          logger.info({ step }, "github no longer takes the walk's cursor, going on without it");
          await forgetPosition(database.primary, repositoryId, step);
        } else if (isTrackerError(error, "GITHUB_NOT_FOUND") && error.details.missingOid) {
          const { missingOid } = error.details;
          const gone = { repositoryId, generation, missingOid };
          const sequence = await dropAbandoned(dependencies, gone);
          if (sequence === "needed") throw error;
          logger.info({ missingOid }, "a rewritten commit is gone, going on without it");
          if (sequence !== null) await fanout.ring(sequence);
        } else throw error;
        return null;
      },
    );
    if (page === null) continue;
    const bounds = await dependencies.pace();
    const stored = await withSpan(
      "store page",
      { repositoryId, commits: page.commits.length },
      () =>
        database.transaction((tx) =>
          storePage(tx, {
            repositoryId,
            generation,
            step,
            page,
            kind,
            bounds,
          }),
        ),
    );
    if (stored === null) return logger.info("pull is stale, stopped");
    if (stored.sequence !== null) {
      dependencies.metrics.commitsStored.inc({ kind }, stored.insertedCount);
      await fanout.ring(stored.sequence);
      logger.info({ kind, ...stored, sequence: String(stored.sequence) }, "page stored");
    }
    if (stored.isComplete) return;
  }
  const walk = await readWalk(database.primary, repositoryId);
  if (walk === null || walk.generation !== generation || walk.frontier.length === 0) return;
  await queue.publish(walk.headOid === null ? "backfill" : "pull", { repositoryId, generation });
}

async function fetchPage(
  { gitHub, pageSize = PAGE_SIZE }: PullDependencies,
  nodeId: string,
  step: WalkStep,
  kind: IngestKind,
  signal: AbortSignal,
): Promise<HistoryPage> {
  const options = { signal, purpose: kind === "LIVE" ? "live" : "backfill" } as const;
  if (step.kind === "history") {
    const { oid, after } = step;
    return await withSpan("github history", { oid, after: after ?? "" }, () =>
      gitHub.history({ nodeId, oid, after, first: pageSize }, options),
    );
  }
  const { chains } = step;
  const commits = await withSpan("github first parents", { chains: chains.length }, () =>
    gitHub.firstParents({ nodeId, chains }, options),
  );
  return { commits, endCursor: null, hasNextPage: false };
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

interface Page {
  readonly repositoryId: number;
  readonly generation: number;
  readonly step: WalkStep;
  readonly page: HistoryPage;
  readonly kind: IngestKind;
  readonly bounds: CheckIntervalBounds;
}

/**
 * One page, whole or not at all. Null when the repository is gone or the pull is stale. Run again it
 * stores nothing twice.
 */
export async function storePage(tx: Transaction, request: Page): Promise<Advanced | null> {
  const { repositoryId, generation, step, page, kind, bounds } = request;
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
    bounds,
    by: "page",
    lastCommitAt: null,
  });
}

/**
 * A frontier entry that GitHub no longer has. After a rewrite what only the old head led to may be
 * gone: the frontier is what the head of now still needs. "needed" when that is among it.
 */
async function dropAbandoned(
  { database, pace }: PullDependencies,
  {
    repositoryId,
    generation,
    missingOid,
  }: { repositoryId: number; generation: number; missingOid: Oid },
): Promise<bigint | "needed" | null> {
  const bounds = await pace();
  return await database.transaction(async (tx) => {
    const walk = await readWalk(tx, repositoryId, { lock: true });
    if (walk === null || walk.generation !== generation || walk.observedOid === null) return null;
    const frontier = await findOpen(tx, repositoryId, walk.observedOid);
    if (frontier.includes(missingOid)) return "needed";
    const change = { insert: [], boundary: [], frontier, position: null, lastCommitAt: null };
    const { sequence } = await advanceWalk(tx, {
      ...change,
      walk,
      kind: "LIVE",
      by: "page",
      bounds,
    });
    return sequence;
  });
}

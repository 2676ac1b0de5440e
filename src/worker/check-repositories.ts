import type { Logger } from "pino";
import { type CheckIntervalBounds, checkIntervalMs } from "../domain/check-interval.js";
import type { Oid } from "../domain/commit.js";
import type { RepositoryState, Walk } from "../domain/repository.js";
import { positionOf } from "../domain/walk.js";
import type { Fanout } from "../fanout/fanout.js";
import type { GitHub, RemoteRepository, RepositoryRef } from "../github/github.js";
import type { TaskQueue } from "../queue/queue.js";
import type { TaskPayload } from "../queue/task.js";
import { findStored, isParent } from "../store/commit-store.js";
import type { Database, Transaction } from "../store/database.js";
import {
  type CheckedRepository,
  findTwin,
  mergeIntoTwin,
  readForCheck,
  saveFacts,
  saveUnchanged,
} from "../store/repository-store.js";
import { readWalk } from "../store/walk-store.js";
import { withSpan } from "../telemetry/tracing.js";
import { advanceWalk } from "./advance-walk.js";
import type { CheckPace } from "./check-pace.js";
import { findSuccessors } from "./find-successors.js";
import type { FailureRecorder } from "./record-failure.js";

export interface CheckDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly fanout: Fanout;
  readonly gitHub: GitHub;
  readonly pace: CheckPace;
  readonly recordFailure: FailureRecorder;
}

/**
 * Asks GitHub about many repositories in one request, records what it says, and publishes a pull
 * for each whose head is not stored or whose walk has come to a stop. A failure of one repository
 * touches only that one; a failure of the request counts for all of them.
 */
export async function checkRepositories(
  { database, queue, fanout, gitHub, pace, recordFailure }: CheckDependencies,
  { repositoryIds, formerName }: TaskPayload<"check">,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  const repositories = await readForCheck(database.primary, repositoryIds);
  if (repositories.length === 0) return;
  const bounds = await pace();
  const answers = await withSpan("github look up", { repositories: repositories.length }, () =>
    gitHub.lookUp(repositories.map(refOf), { signal, purpose: "live" }),
  ).catch(async (error: unknown) => {
    if (signal.aborted) throw error;
    await recordFailure(repositories, error, "request");
    return [];
  });

  const unchanged: CheckedRepository[] = [];
  const gone: CheckedRepository[] = [];
  for (const [index, answer] of answers.entries()) {
    const repository = repositories[index];
    if (repository === undefined) continue;
    if (answer.kind === "failed") {
      await recordFailure([repository], answer.error, "repository");
      const { code } = answer.error;
      if (code === "GITHUB_NOT_FOUND" && repository.nodeId !== null) gone.push(repository);
    } else if (isUnchanged(repository, answer.repository)) {
      unchanged.push(repository);
    } else {
      const { id: repositoryId, generation } = repository;
      const seen = await withSpan("store sighting", { repositoryId }, () =>
        database.transaction((tx) => recordSighting(tx, repository, answer.repository, bounds)),
      );
      logger.info({ repositoryId, state: seen.state, publish: seen.publish }, "repository seen");
      if (seen.sequence !== null) await fanout.ring(seen.sequence);
      if (seen.publish !== null) await queue.publish(seen.publish, { repositoryId, generation });
    }
  }
  await saveUnchanged(
    database.primary,
    unchanged.map((r) => ({ id: r.id, nextCheckInMs: interval(r, bounds) })),
  );
  const given = formerName === undefined ? [] : [formerName];
  const former = repositories.slice(0, 1).flatMap(({ id }) => given.map((n) => ({ id, ...n })));
  await findSuccessors({ database, queue, gitHub }, [...gone, ...former], { signal, logger });
}

function refOf({ nodeId, owner, name }: CheckedRepository): RepositoryRef {
  return nodeId === null ? { owner, name } : { nodeId };
}

function isUnchanged(known: CheckedRepository, seen: RemoteRepository): boolean {
  return (
    (known.state === "ACTIVE" || known.state === "EMPTY") &&
    known.nodeId === seen.nodeId &&
    known.owner === seen.owner &&
    known.name === seen.name &&
    known.defaultBranch === (seen.defaultBranch?.name ?? null) &&
    known.isArchived === seen.isArchived &&
    known.isPrivate === seen.isPrivate &&
    known.observedOid === (seen.defaultBranch?.headOid ?? null) &&
    !known.isWalking
  );
}

interface Sighting {
  readonly publish: "pull" | "backfill" | null;
  readonly state: RepositoryState;
  /** Of the event, when the head moved to what is stored already. */
  readonly sequence: bigint | null;
}

/** Identity, flags and head under the row lock; a head that is not stored goes on the frontier. */
async function recordSighting(
  tx: Transaction,
  known: CheckedRepository,
  seen: RemoteRepository,
  bounds: CheckIntervalBounds,
): Promise<Sighting> {
  const nothing = { publish: null, state: known.state, sequence: null };
  const twinId = known.nodeId === null ? await findTwin(tx, known.id, seen.nodeId) : null;
  if (twinId !== null) {
    await mergeIntoTwin(tx, known.id, twinId);
    return nothing;
  }
  const before = await readWalk(tx, known.id, { lock: true });
  if (before === null) return nothing;
  await saveFacts(tx, known.id, { ...seen, defaultBranch: seen.defaultBranch?.name ?? null });
  const walk = await observeHead(tx, before, seen.defaultBranch?.headOid ?? null);
  const { state, sequence, isComplete } = await advanceWalk(tx, {
    walk,
    kind: "LIVE",
    insert: [],
    boundary: [],
    frontier: walk.frontier,
    position: positionOf(walk),
    by: "check",
    bounds,
    lastCommitAt: known.lastCommitAt ?? known.createdAt,
  });
  const isDone = isComplete || walk.observedOid === null;
  const publish = isDone ? null : walk.headOid === null ? "backfill" : "pull";
  return { publish, state, sequence };
}

/** The walk with a head that was just seen; the one seen before is to be met again, or was rewritten. */
async function observeHead(tx: Transaction, walk: Walk, head: Oid | null): Promise<Walk> {
  if (head === null || head === walk.observedOid) return walk;
  const isKnown =
    walk.frontier.includes(head) || (await findStored(tx, walk.repositoryId, [head])).has(head);
  const previous = walk.observedOid;
  const isAbandoned =
    previous !== null &&
    walk.frontier.includes(previous) &&
    !(await isParent(tx, walk.repositoryId, previous));
  const frontier = walk.frontier.filter((oid) => !(isAbandoned && oid === previous));
  return {
    ...walk,
    observedOid: head,
    frontier: isKnown ? frontier : [head, ...frontier],
    unmetOids: previous === null ? walk.unmetOids : [...walk.unmetOids, previous],
  };
}

function interval(repository: CheckedRepository, bounds: CheckIntervalBounds): number {
  const last = repository.lastCommitAt ?? repository.createdAt;
  return checkIntervalMs(Date.now() - last.getTime(), bounds);
}

import type { Logger } from "pino";
import { type CheckIntervalBounds, checkIntervalMs } from "../domain/check-interval.js";
import type { RepositoryState, Walk } from "../domain/repository.js";
import type { GitHub, RemoteRepository, RepositoryRef } from "../github/github.js";
import type { TaskQueue } from "../queue/queue.js";
import type { TaskPayload } from "../queue/task.js";
import { findStored } from "../store/commit-store.js";
import type { Database, Transaction } from "../store/database.js";
import {
  type CheckedRepository,
  findTwin,
  mergeIntoTwin,
  readForCheck,
  readWalk,
  saveFacts,
  saveObservation,
  saveUnchanged,
} from "../store/repository-store.js";
import type { FailureRecorder } from "./record-failure.js";

export interface CheckDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly gitHub: GitHub;
  readonly bounds: CheckIntervalBounds;
  readonly recordFailure: FailureRecorder;
}

/** A walk that has begun writes its first page within this time, or is looked for again. */
const WALK_LEASE_MS = 60_000;

/**
 * Asks GitHub about many repositories in one request, records what it says, and publishes a pull
 * for each whose head is not stored or whose walk has come to a stop. A failure of one repository
 * touches only that one; a failure of the request counts for all of them.
 */
export async function checkRepositories(
  { database, queue, gitHub, bounds, recordFailure }: CheckDependencies,
  { repositoryIds }: TaskPayload<"check">,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  const repositories = await readForCheck(database.primary, repositoryIds);
  if (repositories.length === 0) return;
  const answers = await gitHub
    .lookUp(repositories.map(refOf), { signal, purpose: "live" })
    .catch(async (error: unknown) => {
      if (signal.aborted) throw error;
      for (const repository of repositories) await recordFailure(repository, error);
      return [];
    });

  const unchanged: CheckedRepository[] = [];
  for (const [index, answer] of answers.entries()) {
    const repository = repositories[index];
    if (repository === undefined) continue;
    if (answer.kind === "failed") {
      await recordFailure(repository, answer.error);
    } else if (isUnchanged(repository, answer.repository)) {
      unchanged.push(repository);
    } else {
      const pull = await database.transaction((tx) =>
        recordSighting(tx, repository, answer.repository, bounds),
      );
      logger.info({ repositoryId: repository.id, ...pull }, "repository seen");
      if (pull.publish !== null) {
        const { generation } = repository;
        await queue.publish(pull.publish, { repositoryId: repository.id, generation });
      }
    }
  }
  await saveUnchanged(
    database.primary,
    unchanged.map((r) => ({ id: r.id, nextCheckInMs: interval(r, bounds) })),
  );
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
}

/** Identity, flags and head under the row lock; a head that is not stored goes on the frontier. */
async function recordSighting(
  tx: Transaction,
  known: CheckedRepository,
  seen: RemoteRepository,
  bounds: CheckIntervalBounds,
): Promise<Sighting> {
  const twinId = known.nodeId === null ? await findTwin(tx, known.id, seen.nodeId) : null;
  if (twinId !== null) {
    await mergeIntoTwin(tx, known.id, twinId);
    return { publish: null, state: known.state };
  }
  const walk = await readWalk(tx, known.id, { lock: true });
  if (walk === null) return { publish: null, state: known.state };
  await saveFacts(tx, known.id, { ...seen, defaultBranch: seen.defaultBranch?.name ?? null });

  const head = seen.defaultBranch?.headOid ?? null;
  const frontier = await frontierWith(tx, walk, head);
  const isComplete = head !== null && frontier.length === 0;
  const headOid = isComplete ? head : walk.headOid;
  const state = headOid !== null ? "ACTIVE" : head === null ? "EMPTY" : "BACKFILLING";
  const isWalking = frontier.length > 0;
  const nextCheckInMs = isWalking ? WALK_LEASE_MS : interval(known, bounds);
  await saveObservation(tx, known.id, {
    observedOid: head ?? walk.observedOid,
    headOid,
    frontier,
    state,
    nextCheckInMs,
  });
  const publish = !isWalking ? null : walk.headOid === null ? "backfill" : "pull";
  return { publish, state };
}

async function frontierWith(
  tx: Transaction,
  walk: Walk,
  head: string | null,
): Promise<readonly string[]> {
  if (head === null || walk.frontier.includes(head)) return walk.frontier;
  if (head === walk.observedOid && walk.frontier.length === 0) return walk.frontier;
  const stored = await findStored(tx, walk.repositoryId, [head]);
  return stored.has(head) ? walk.frontier : [head, ...walk.frontier];
}

function interval(repository: CheckedRepository, bounds: CheckIntervalBounds): number {
  const last = repository.lastCommitAt ?? repository.createdAt;
  return checkIntervalMs(Date.now() - last.getTime(), bounds);
}

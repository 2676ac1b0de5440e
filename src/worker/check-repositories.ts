import type { Logger } from "pino";
import type { ScheduleOf } from "../domain/check-schedule.js";
import type { Fanout } from "../fanout/fanout.js";
import type { GitHub, RemoteFacts, RemoteRepository, RepositoryRef } from "../github/github.js";
import { comparablePush, recordSighting } from "../ingest/record-sighting.js";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import type { TaskPayload } from "../queue/task.js";
import {
  type CheckedRepository,
  readForCheck,
  saveUnchanged,
  type UnchangedCheck,
} from "../store/repositories/repository-store.js";
import type { Metrics } from "../telemetry/metrics.js";
import { withSpan } from "../telemetry/tracing.js";
import { askInBatches } from "./ask-in-batches.js";
import type { BatchSize } from "./batch-size.js";
import { findSuccessors } from "./find-successors.js";
import type { FailureRecorder } from "./record-failure.js";
import type { Scheduling } from "./scheduling.js";

export interface CheckDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly fanout: Fanout;
  readonly gitHub: GitHub;
  readonly scheduling: Scheduling;
  readonly sizes: { readonly glance: BatchSize; readonly look: BatchSize };
  readonly recordFailure: FailureRecorder;
  readonly metrics: Metrics;
}

interface Context {
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly scheduleOf: ScheduleOf;
  /** GitHub has told of it, for the first time in this check. */
  readonly onAnswer: (repository: CheckedRepository) => void;
}

/**
 * Asks GitHub about many repositories in two stages: a glance at what is cheap to tell, and a look at
 * the heads of those that it shows to have been pushed to or changed, or whose head has not been
 * looked at for long, or of which nothing is known yet. Records what it says, and publishes a pull for
 * each whose head is not stored or whose walk has come to a stop. A failure of one repository touches
 * only that one; a failure of a request counts for those that were in it.
 */
export async function checkRepositories(
  dependencies: CheckDependencies,
  { repositoryIds, formerName }: TaskPayload<"check">,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  const { database, queue, gitHub, scheduling } = dependencies;
  const repositories = await readForCheck(database.primary, repositoryIds);
  if (repositories.length === 0) return;
  const scheduleOf = await scheduling.current();
  const onAnswer = observeDelay(dependencies.metrics);
  const context = { signal, logger, scheduleOf, onAnswer };
  const toGlance: CheckedRepository[] = [];
  const toLook: CheckedRepository[] = [];
  for (const one of repositories)
    (needsLook(one, scheduleOf, scheduling.bounds.maxMs) ? toLook : toGlance).push(one);

  const glanced = await glanceAt(dependencies, toGlance, context);
  const looked = await lookAt(dependencies, [...toLook, ...glanced.changed], context);

  const given = formerName === undefined ? [] : [formerName];
  const former = repositories.slice(0, 1).flatMap(({ id }) => given.map((n) => ({ id, ...n })));
  const gone = [...glanced.gone, ...looked.gone, ...former];
  await findSuccessors({ database, queue, gitHub }, gone, { signal, logger });
}

/** How late a check is: once for each repository, and none for one that was checked early. */
function observeDelay({ checkDelay }: Metrics): Context["onAnswer"] {
  const observed = new Set<number>();
  return ({ id, dueAt }) => {
    if (dueAt === null || observed.has(id)) return;
    observed.add(id);
    const lateMs = Date.now() - dueAt.getTime();
    if (lateMs >= 0) checkDelay.observe(lateMs / 1_000);
  };
}

/** A rotation through all heads: only they are authoritative. Spread, so that they never come together. */
function needsLook(repository: CheckedRepository, scheduleOf: ScheduleOf, maxMs: number): boolean {
  const { id, nodeId, state, isWalking, isLookWanted, lookedAt } = repository;
  const isSettled = state === "ACTIVE" || state === "EMPTY";
  if (nodeId === null || !isSettled || isWalking || isLookWanted || lookedAt === null) return true;
  const period = maxMs * (0.75 + (0.25 * ((id * 7_919) % 1_000)) / 1_000);
  const nextAt = Date.now() + scheduleOf(repository).delayMs;
  return nextAt > lookedAt.getTime() + period;
}

interface Outcome {
  /** Known to GitHub by an id before, and no longer. */
  readonly gone: CheckedRepository[];
}

async function glanceAt(
  { database, gitHub, scheduling, sizes, recordFailure }: CheckDependencies,
  repositories: readonly CheckedRepository[],
  { signal, scheduleOf, onAnswer }: Context,
): Promise<Outcome & { readonly changed: CheckedRepository[] }> {
  const changed: CheckedRepository[] = [];
  const gone: CheckedRepository[] = [];
  const ask = (batch: readonly CheckedRepository[]) => {
    const onTook = (tookMs: number) => scheduling.observeGlance(batch.length, tookMs);
    return withSpan("github glance", { repositories: batch.length }, () =>
      gitHub.glance(batch.map(refOf), { signal, purpose: "live", onTook }),
    );
  };
  for await (const batch of askInBatches(repositories, sizes.glance, ask)) {
    if (batch.kind === "failed") {
      if (signal.aborted) throw batch.error;
      const { items, error, about } = batch;
      await recordFailure(items, error, { task: "check", about, batch: items.length });
      continue;
    }
    const unchanged: UnchangedCheck[] = [];
    for (const [repository, answer] of batch.pairs) {
      onAnswer(repository);
      if (answer.kind === "failed") {
        const attempt = { task: "check", about: "repository", batch: batch.pairs.length } as const;
        await recordFailure([repository], answer.error, attempt);
        if (answer.error.code === "GITHUB_NOT_FOUND") gone.push(repository);
      } else if (isSame(repository, answer.repository)) {
        unchanged.push({ id: repository.id, next: scheduleOf(repository), look: null });
      } else {
        changed.push(repository);
      }
    }
    await saveUnchanged(database.primary, unchanged);
  }
  return { changed, gone };
}

async function lookAt(
  dependencies: CheckDependencies,
  repositories: readonly CheckedRepository[],
  context: Context,
): Promise<Outcome> {
  const { database, gitHub, sizes, recordFailure } = dependencies;
  const { signal, scheduleOf, onAnswer } = context;
  const gone: CheckedRepository[] = [];
  const ask = (batch: readonly CheckedRepository[]) =>
    withSpan("github look up", { repositories: batch.length }, () =>
      gitHub.lookUp(batch.map(refOf), { signal, purpose: "live" }),
    );
  for await (const batch of askInBatches(repositories, sizes.look, ask)) {
    if (batch.kind === "failed") {
      if (signal.aborted) throw batch.error;
      const { items, error, about } = batch;
      await recordFailure(items, error, { task: "check", about, batch: items.length });
      continue;
    }
    const unchanged: UnchangedCheck[] = [];
    for (const [repository, answer] of batch.pairs) {
      onAnswer(repository);
      const attempt = { task: "check", about: "repository", batch: batch.pairs.length } as const;
      if (answer.kind === "failed") {
        await recordFailure([repository], answer.error, attempt);
        const { code } = answer.error;
        if (code === "GITHUB_NOT_FOUND" && repository.nodeId !== null) gone.push(repository);
      } else if (isUnchanged(repository, answer.repository)) {
        const look = { pushedAt: comparablePush(repository, answer.repository) };
        unchanged.push({ id: repository.id, next: scheduleOf(repository), look });
      } else {
        await record(dependencies, repository, answer.repository, context);
      }
    }
    await saveUnchanged(database.primary, unchanged);
  }
  return { gone };
}

async function record(
  { database, queue, fanout }: CheckDependencies,
  repository: CheckedRepository,
  seen: RemoteRepository,
  { logger, scheduleOf }: Context,
): Promise<void> {
  const { id: repositoryId, generation } = repository;
  const recorded = await withSpan("store sighting", { repositoryId }, () =>
    database.transaction((tx) => recordSighting(tx, repository, seen, scheduleOf)),
  );
  const { state, publish, sequence } = recorded;
  logger.info({ repositoryId, state, publish }, "repository seen");
  if (sequence !== null) await fanout.ring(sequence);
  if (publish !== null) await queue.publish(publish, { repositoryId, generation });
}

function refOf({ nodeId, owner, name }: CheckedRepository): RepositoryRef {
  return nodeId === null ? { owner, name } : { nodeId };
}

/** As far as a glance tells. */
function isSame(known: CheckedRepository, seen: RemoteFacts): boolean {
  return (
    known.nodeId === seen.nodeId &&
    known.owner === seen.owner &&
    known.name === seen.name &&
    known.isArchived === seen.isArchived &&
    known.isPrivate === seen.isPrivate &&
    known.pushedAt?.getTime() === seen.pushedAt?.getTime()
  );
}

function isUnchanged(known: CheckedRepository, seen: RemoteRepository): boolean {
  return (
    (known.state === "ACTIVE" || known.state === "EMPTY") &&
    isSame({ ...known, pushedAt: seen.pushedAt }, seen) &&
    known.defaultBranch === (seen.defaultBranch?.name ?? null) &&
    known.observedOid === (seen.defaultBranch?.headOid ?? null) &&
    !known.isWalking
  );
}

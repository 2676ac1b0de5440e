import type { Logger } from "pino";
import type { ScheduleOf } from "../domain/check-schedule.js";
import { isTrackerError } from "../domain/errors.js";
import { isPushSeen } from "../domain/push-time.js";
import { BUSY_MS } from "../domain/work.js";
import type { Fanout } from "../fanout/fanout.js";
import type {
  GitHub,
  RemoteFacts,
  RemoteRepository,
  RepositoryRef,
  Sighting,
} from "../github/github.js";
import { recordSighting } from "../ingest/record-sighting.js";
import { toWork } from "../ingest/schedule-next.js";
import type { Database } from "../postgres/database.js";
import { databaseError, isUnreachable } from "../postgres/database-error.js";
import type { TaskQueue } from "../queue/queue.js";
import type { TaskPayload } from "../queue/task.js";
import { type CheckedRepository, readForCheck } from "../store/repositories/check-reader.js";
import {
  cancelChecks,
  saveUnchanged,
  type UnchangedCheck,
} from "../store/repositories/check-store.js";
import { readWalk } from "../store/work/walk-store.js";
import { postponeWork } from "../store/work/work-store.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";
import { observe } from "../telemetry/metrics/observe.js";
import { apart, withChildSpan } from "../telemetry/traces/spans.js";
import { nudge } from "../tracking/nudge.js";
import { askInBatches } from "./ask-in-batches.js";
import type { BatchSize } from "./batch-size.js";
import { findSuccessors } from "./find-successors.js";
import { LONG_WALK } from "./long-walk.js";
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
  /** What comes of one of many goes on in a trace of its own. */
  readonly isOfMany: boolean;
  /** GitHub has told of it, for the first time in this check. */
  readonly onAnswer: (repository: CheckedRepository) => void;
}

/**
 * Asks GitHub about many repositories in two stages: a glance at what is cheap to tell, and a look at
 * the heads of those that it shows to have been pushed to or changed, or whose head has not been
 * looked at for long, or of which nothing is known yet. Records what it says, and publishes a pull for
 * each whose head is not stored. A failure of one repository touches only that one; a failure of a
 * request counts for those that were in it.
 */
export async function checkRepositories(
  dependencies: CheckDependencies,
  { repositoryIds, formerName }: TaskPayload<"check">,
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  const { database, scheduling } = dependencies;
  const known = await readForCheck(database.primary, repositoryIds);
  const found = new Set(known.map(({ id }) => id));
  const absent = repositoryIds.filter((id) => !found.has(id));
  for (const id of absent) {
    await unlessBusy(database, id, { logger }, () =>
      database.transaction((tx) => cancelChecks(tx, [id])),
    );
  }
  // Nothing is due of one that was checked since: its task is an old one.
  const repositories = known.filter(({ dueAt }) => dueAt !== null);
  if (repositories.length === 0) return;
  const scheduleOf = await scheduling.current();
  const onAnswer = observeDelay(dependencies.metrics);
  const isOfMany = repositories.length > 1;
  const context = { signal, logger, scheduleOf, isOfMany, onAnswer };
  const toGlance: CheckedRepository[] = [];
  const toLook: CheckedRepository[] = [];
  for (const one of repositories)
    (needsLook(one, scheduleOf, scheduling.lookPeriodMs()) ? toLook : toGlance).push(one);

  const glanced = await askStage(dependencies, glances(dependencies), toGlance, context);
  const looked = await askStage(
    dependencies,
    looks(dependencies),
    [...toLook, ...glanced.changed],
    context,
  );

  const given = formerName === undefined ? [] : [formerName];
  const former = repositories.slice(0, 1).flatMap(({ id }) => given.map((n) => ({ id, ...n })));
  const gone = [...glanced.gone, ...looked.gone, ...former];
  await findSuccessors(dependencies, gone, { signal, logger });
}

/** How late a check is: once for each repository, and none for one that was checked early. */
function observeDelay({ checkDelay }: Metrics): Context["onAnswer"] {
  const observed = new Set<number>();
  return ({ id, dueAt, isRequested }) => {
    if (dueAt === null || isRequested || observed.has(id)) return;
    observed.add(id);
    const lateMs = Date.now() - dueAt.getTime();
    if (lateMs >= 0) observe(checkDelay, {}, lateMs / 1_000);
  };
}

/**
 * A rotation through all heads: only they are authoritative. Spread, so that they never come together.
 * One whose history is being fetched is glanced at like any other: its walk needs no second look.
 */
function needsLook(
  repository: CheckedRepository,
  scheduleOf: ScheduleOf,
  rotationMs: number,
): boolean {
  const { id, nodeId, isLookWanted, lookedAt } = repository;
  if (nodeId === null || !isSettled(repository) || isLookWanted || lookedAt === null) return true;
  if (repository.state === "BACKFILLING") return false; // all of it is looked at once it is there
  const period = rotationMs * (0.75 + (0.25 * ((id * 7_919) % 1_000)) / 1_000);
  const nextAt = Date.now() + scheduleOf(repository).delayMs;
  return nextAt > lookedAt.getTime() + period;
}

/** Its head is known, and its walk takes care of itself: when its check is due next depends on nothing else. */
function isSettled({ state, isWalkLost, isAwaitingHistory }: CheckedRepository): boolean {
  const isKnown = state === "ACTIVE" || state === "EMPTY" || state === "BACKFILLING";
  return isKnown && !isWalkLost && !isAwaitingHistory;
}

/** A question about many repositories, and what its answers mean. */
interface Stage<Seen extends RemoteFacts> {
  readonly name: "glance" | "look";
  readonly size: BatchSize;
  ask(batch: readonly CheckedRepository[], signal: AbortSignal): Promise<Sighting<Seen>[]>;
  /** Null where it has changed. */
  unchanged(repository: CheckedRepository, seen: Seen): Pick<UnchangedCheck, "look"> | null;
  /** What has changed is recorded; absent: it is looked at. */
  readonly record?: (repository: CheckedRepository, seen: Seen, context: Context) => Promise<void>;
}

function glances({ gitHub, scheduling, sizes }: CheckDependencies): Stage<RemoteFacts> {
  return {
    name: "glance",
    size: sizes.glance,
    ask(batch, signal) {
      const onTook = (tookMs: number) => scheduling.observeGlance(batch.length, tookMs);
      return gitHub.glance(batch.map(refOf), { signal, purpose: "live", onTook });
    },
    unchanged(repository, seen) {
      // What comes in for the first time is looked at again for a push, and for nothing else.
      const nowMs = repository.state === "BACKFILLING" ? 0 : Date.now();
      const isSeen = isPushSeen(repository, seen.pushedAt, nowMs);
      return isSeen && isSame(repository, seen) ? { look: null } : null;
    },
  };
}

function looks(dependencies: CheckDependencies): Stage<RemoteRepository> {
  const { gitHub, scheduling, sizes } = dependencies;
  return {
    name: "look",
    size: sizes.look,
    ask(batch, signal) {
      const onTook = (tookMs: number) => scheduling.observeLook(batch.length, tookMs);
      return gitHub.lookUp(batch.map(refOf), { signal, purpose: "live", onTook });
    },
    unchanged(repository, seen) {
      if (!isUnchanged(repository, seen)) return null;
      return { look: { pushedAt: seen.pushedAt } };
    },
    record: (repository, seen, context) => record(dependencies, repository, seen, context),
  };
}

interface Outcome {
  /** Known to GitHub by an id before, and no longer. */
  readonly gone: CheckedRepository[];
  /** To be looked at. */
  readonly changed: CheckedRepository[];
}

async function askStage<Seen extends RemoteFacts>(
  { database, recordFailure, metrics }: CheckDependencies,
  stage: Stage<Seen>,
  repositories: readonly CheckedRepository[],
  context: Context,
): Promise<Outcome> {
  const { signal, scheduleOf, onAnswer } = context;
  const changed: CheckedRepository[] = [];
  const gone: CheckedRepository[] = [];
  const ask = (batch: readonly CheckedRepository[]) => stage.ask(batch, signal);
  const count = (outcome: "unchanged" | "changed" | "failed", repositoryCount = 1) =>
    metrics.checks.inc({ stage: stage.name, outcome }, repositoryCount);
  for await (const batch of askInBatches(repositories, stage.size, ask)) {
    if (batch.kind === "failed") {
      if (signal.aborted) throw batch.error;
      const { items, error, about } = batch;
      count("failed", items.length);
      await recordFailure(items, error, { task: "check", about, batch: items.length });
      continue;
    }
    const unchanged: UnchangedCheck[] = [];
    for (const [repository, answer] of batch.pairs) {
      onAnswer(repository);
      if (answer.kind === "failed") {
        count("failed");
        const attempt = { task: "check", about: "repository", batch: batch.pairs.length } as const;
        await recordFailure([repository], answer.error, attempt);
        const isGone = answer.error.code === "GITHUB_NOT_FOUND" && repository.nodeId !== null;
        if (isGone) gone.push(repository);
        continue;
      }
      const same = stage.unchanged(repository, answer.repository);
      count(same === null ? "changed" : "unchanged");
      if (same === null) {
        await (stage.record?.(repository, answer.repository, context) ?? changed.push(repository));
        continue;
      }
      const { id, dueAt } = repository;
      const check = { id, dueAt, next: toWork(scheduleOf(repository)), ...same };
      if (repository.attempts === 0) unchanged.push(check);
      else await unlessBusy(database, id, context, () => forgive(database, check));
    }
    await saveEach(database, unchanged, context);
  }
  return { gone, changed };
}

/** All at once; where somebody has one's row locked, each by itself, and that one comes due again. */
async function saveEach(
  database: Database,
  checks: readonly UnchangedCheck[],
  context: Context,
): Promise<void> {
  try {
    await saveUnchanged(database.primary, checks);
  } catch (error) {
    if (!isTrackerError(databaseError(error), "BUSY")) throw error;
    for (const check of checks) {
      const save = () => saveUnchanged(database.primary, [check]);
      await unlessBusy(database, check.id, context, save);
    }
  }
}

/** Whoever has a repository's row locked holds up none of the others: that one is checked again soon. */
async function unlessBusy(
  database: Database,
  repositoryId: number,
  { logger }: Pick<Context, "logger">,
  save: () => Promise<void>,
): Promise<void> {
  try {
    await save();
  } catch (error) {
    if (!isTrackerError(databaseError(error), "BUSY")) throw error;
    logger.info({ repositoryId }, "repository is locked, checked again soon");
    await postponeWork(database.primary, "check", [repositoryId], { delayMs: BUSY_MS });
  }
}

/** A failure that is over is a change of its repository, whose row comes first. */
async function forgive(database: Database, check: UnchangedCheck): Promise<void> {
  await database.transaction(async (tx) => {
    await readWalk(tx, check.id, { lock: true });
    await saveUnchanged(tx, [check]);
  });
}

/** Each by itself. */
async function record(
  { database, queue, fanout, recordFailure }: CheckDependencies,
  repository: CheckedRepository,
  seen: RemoteRepository,
  context: Context,
): Promise<void> {
  const { signal, logger, scheduleOf } = context;
  const { id: repositoryId, generation, attempts } = repository;
  // A head that leads back may take a walk over all that is stored.
  const bounds = attempts > 0 ? LONG_WALK : {};
  const save = async () => {
    const attributes = { "tracker.repository.id": repositoryId };
    const recorded = await withChildSpan("store sighting", { attributes }, () =>
      database.transaction((tx) => recordSighting(tx, repository, seen, scheduleOf), bounds),
    );
    const { state, publish, sequence } = recorded;
    logger.info({ repositoryId, state, publish }, "repository seen");
    if (sequence !== null) await fanout.ring(sequence);
    if (publish !== null) await nudge({ queue, logger }, publish, { repositoryId, generation });
  };
  const saveApart = () => apart("follow up check", {}, save);
  try {
    await unlessBusy(database, repositoryId, context, context.isOfMany ? saveApart : save);
  } catch (error) {
    const failure = databaseError(error);
    if (signal.aborted || isUnreachable(failure)) throw failure;
    const about = isTrackerError(failure, "DATABASE_UNAVAILABLE") ? "request" : "repository";
    await recordFailure([repository], failure, { task: "check", about, batch: 1 });
  }
}

function refOf({ nodeId, owner, name }: CheckedRepository): RepositoryRef {
  return nodeId === null ? { owner, name } : { nodeId };
}

/** In all that a glance tells but the push. */
function isSame(known: CheckedRepository, seen: RemoteFacts): boolean {
  return (
    known.nodeId === seen.nodeId &&
    known.owner === seen.owner &&
    known.name === seen.name &&
    known.isArchived === seen.isArchived &&
    known.isPrivate === seen.isPrivate
  );
}

function isUnchanged(known: CheckedRepository, seen: RemoteRepository): boolean {
  return (
    isSettled(known) &&
    isSame(known, seen) &&
    known.defaultBranch === (seen.defaultBranch?.name ?? null) &&
    known.observedOid === (seen.defaultBranch?.headOid ?? null)
  );
}

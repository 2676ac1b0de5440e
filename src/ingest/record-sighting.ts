import type { ScheduleOf } from "../domain/check-schedule.js";
import type { Oid } from "../domain/commit.js";
import type { RepositoryState, Walk } from "../domain/repository.js";
import { positionOf } from "../domain/walk.js";
import type { WalkKind } from "../domain/work.js";
import type { RemoteRepository } from "../github/github.js";
import type { Transaction } from "../postgres/database.js";
import { findStored, isParent } from "../store/commits/commit-store.js";
import { type CheckedRepository, findTwin } from "../store/repositories/check-reader.js";
import { mergeIntoTwin, saveFacts } from "../store/repositories/repository-store.js";
import { findBeyond, forgetAstray } from "../store/work/passed-store.js";
import { deleteVerification } from "../store/work/verification-store.js";
import { readWalk } from "../store/work/walk-store.js";
import { finishWork } from "../store/work/work-store.js";
import { advanceWalk } from "./advance-walk.js";

/** GitHub's replicas lag by seconds; what differs for longer is no lag. */
const LAG_MS_MAX = 3_600_000;
const LAG_RETRY_MS = 5_000;

/**
 * Whether an answer about a head is older than what is known of it: of a replica that lags behind. Its
 * head would look like a rewrite.
 */
function isStale(known: Pick<Walk, "pushedAt">, seen: Pick<RemoteRepository, "pushedAt">): boolean {
  if (known.pushedAt === null || seen.pushedAt === null) return false;
  return seen.pushedAt < known.pushedAt && Date.now() - known.pushedAt.getTime() < LAG_MS_MAX;
}

export interface Recorded {
  /** The task that the caller is to publish. */
  readonly publish: WalkKind | null;
  readonly state: RepositoryState;
  /** Of the event, when the head moved to what is stored already. */
  readonly sequence: bigint | null;
}

/** Identity, flags and head under the row lock; a head that is not stored goes on the frontier. */
export async function recordSighting(
  tx: Transaction,
  known: CheckedRepository,
  seen: RemoteRepository,
  scheduleOf: ScheduleOf,
): Promise<Recorded> {
  const nothing = { publish: null, state: known.state, sequence: null };
  const before = await readWalk(tx, known.id, { lock: true });
  if (before === null) return nothing;
  const twinId = known.nodeId === null ? await findTwin(tx, known.id, seen.nodeId) : null;
  if (twinId !== null) {
    await deleteVerification(tx, known.id);
    await mergeIntoTwin(tx, known.id, twinId);
    return nothing;
  }
  if (isStale(before, seen)) {
    const next = { delayMs: LAG_RETRY_MS, reason: "REQUESTED", rate: null } as const;
    await finishWork(tx, "check", [{ id: known.id, next, dueAt: known.dueAt }]);
    return nothing;
  }
  await saveFacts(tx, known.id, { ...seen, defaultBranch: seen.defaultBranch?.name ?? null });
  const walk = await observeHead(tx, before, seen.defaultBranch?.headOid ?? null);
  const { state, sequence, publish } = await advanceWalk(tx, {
    walk: { ...walk, lookedAt: new Date() },
    kind: "LIVE",
    insert: [],
    frontier: walk.frontier,
    position: positionOf(walk),
    by: "check",
    dueAt: known.dueAt,
    scheduleOf,
  });
  return { publish, state, sequence };
}

/** The walk with a head that was just seen; the one seen before is to be met again, or was rewritten. */
async function observeHead(tx: Transaction, walk: Walk, head: Oid | null): Promise<Walk> {
  if (head === null || head === walk.observedOid) return walk;
  const { repositoryId, trackFrom } = walk;
  const isKnown =
    walk.frontier.includes(head) ||
    (await findStored(tx, repositoryId, [head])).has(head) ||
    (trackFrom !== null && (await findBeyond(tx, repositoryId, [head])).has(head));
  const previous = walk.observedOid;
  const isAbandoned =
    previous !== null &&
    walk.frontier.includes(previous) &&
    !(await isParent(tx, repositoryId, previous));
  const kept = walk.frontier.filter((oid) => !(isAbandoned && oid === previous));
  const frontier = isKnown ? kept : [head, ...kept];
  if (trackFrom !== null) await forgetAstray(tx, repositoryId, frontier);
  return {
    ...walk,
    observedOid: head,
    frontier,
    unmetOids: previous === null ? walk.unmetOids : [...walk.unmetOids, previous],
  };
}

import type { Oid } from "../../domain/commit.js";
import type { RepositoryState, Walk } from "../../domain/repository.js";
import { REPOSITORY_WORK, WALK_KINDS } from "../../domain/work.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { storedAmong } from "../commits/commit-store.js";
import { eraseRow, rewindWalk, type WalkRewind } from "../repositories/repository-store.js";
import { deleteRewrites } from "../repositories/rewrite-store.js";
import { forgetHistoryCount } from "./history-count-store.js";
import { PASSED_COLUMNS } from "./passed-columns.js";
import { forgetPassed } from "./passed-store.js";
import { forgetTransfer } from "./transfer-store.js";
import { deleteVerification } from "./verification-store.js";
import { cancelWork, forgetWork, requestWork } from "./work-store.js";

/**
 * Where a repository's walk stands; null when the repository is gone. With `lock` it takes the row
 * lock, so that pages, checks and resets of one repository come one after another.
 */
export async function readWalk(
  tx: Transaction,
  repositoryId: number,
  { lock = false } = {},
): Promise<Walk | null> {
  const known = await readWalkAmong(tx, repositoryId, [], { lock });
  return known?.walk ?? null;
}

/** The same, and which of these commits are stored: of the time when the lock was there. */
export async function readWalkAmong(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
  { lock = true } = {},
): Promise<{ readonly walk: Walk; readonly stored: ReadonlySet<Oid> } | null> {
  const select = () => selectWalk(tx, repositoryId, oids, lock);
  const first = await select();
  // Whoever held the lock has changed what belongs to the row after this statement had begun to look.
  const row = first?.isChanged ? await select() : first;
  if (row === undefined) return null;
  const { isChanged, stored, ...walk } = row;
  return { walk, stored: new Set(stored) };
}

async function selectWalk(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
  lock: boolean,
): Promise<(Walk & { isChanged: boolean; stored: Oid[] }) | undefined> {
  const [row] = await tx.$queryRaw<(Walk & { isChanged: boolean; stored: Oid[] })[]>`
    select r.xmin <> (select before.xmin from repository before where before.id = r.id) as "isChanged",
           ${oids.length === 0 ? Prisma.sql`'{}'::text[]` : storedAmong(repositoryId, oids)} as stored,
           id as "repositoryId", generation, node_id as "nodeId", owner, name, track_from as "trackFrom",
           state::text as state, encode(head_oid, 'hex') as "headOid",
           encode(observed_oid, 'hex') as "observedOid",
           array(select encode(oid, 'hex') from unnest(frontier) with ordinality f(oid, place)
                  order by place) as frontier,
           array(select encode(oid, 'hex') from unnest(unmet_oids) with ordinality u(oid, place)
                  order by place) as "unmetOids",
           commit_count as "commitCount", orphaned_count as "orphanedCount", restored_count as "restoredCount",
           rate_weight as "rateWeight", rate_at as "rateAt", last_commit_at as "lastCommitAt",
           created_at as "createdAt", watched_until as "watchedUntil",
           encode(walk_oid, 'hex') as "walkOid", walk_after as "walkAfter", looked_at as "lookedAt",
           pushed_at as "pushedAt",
           ${PASSED_COLUMNS},
           exists (select from history_count h
                    where h.repository_id = r.id and h.oid = r.observed_oid) as "isCounted"
      from repository r where id = ${repositoryId} and removed_at is null
      ${lock ? Prisma.sql`for update of r` : Prisma.empty}`;
  return row;
}

export interface WalkReset extends WalkRewind {
  /** As it is. */
  readonly state: RepositoryState;
}

/**
 * Makes a repository incomplete again, its walk due at once. Raises the generation: whatever was fetched
 * for the walk before is not written any more. The caller holds the row lock.
 */
export async function resetWalk(
  tx: Transaction,
  repositoryId: number,
  { state, ...rewind }: WalkReset,
): Promise<void> {
  await rewindWalk(tx, repositoryId, rewind);
  await cancelWork(tx, WALK_KINDS, repositoryId); // of the walk before, in hand or not
  const isWalking = state === "ACTIVE" || state === "BACKFILLING";
  if (isWalking && rewind.frontier.length > 0) {
    await requestWork(tx, "backfill", repositoryId, { reason: "WALK", isPublished: false });
  }
}

/** Leaves of a repository only the row that the feed's old events point to. */
export async function eraseRepository(tx: Transaction, repositoryId: number): Promise<void> {
  await forgetPassed(tx, repositoryId);
  await deleteRewrites(tx, repositoryId);
  await deleteVerification(tx, repositoryId);
  await forgetHistoryCount(tx, repositoryId);
  await forgetTransfer(tx, repositoryId);
  await forgetWork(tx, REPOSITORY_WORK, [repositoryId]);
  await eraseRow(tx, repositoryId);
}

/** The generations that tasks of these repositories carry; in no order. */
export async function readGenerations(
  tx: Transaction,
  ids: readonly number[],
): Promise<{ id: number; generation: number }[]> {
  return await tx.$queryRaw<{ id: number; generation: number }[]>`
    select id, generation from repository where id = any(${ids}::int[]) and removed_at is null`;
}

import type { Oid } from "../../domain/commit.js";
import type { CommitRate } from "../../domain/commit-rate.js";
import type { RepositoryState, Walk } from "../../domain/repository.js";
import type { Position } from "../../domain/walk.js";
import { REPOSITORY_WORK, WALK_KINDS } from "../../domain/work.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { byteaArray } from "../commits/commit-store.js";
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
  const [row] = await tx.$queryRaw<Walk[]>`
    select id as "repositoryId", generation, node_id as "nodeId", track_from as "trackFrom",
           state::text as state, encode(head_oid, 'hex') as "headOid",
           encode(observed_oid, 'hex') as "observedOid",
           array(select encode(oid, 'hex') from unnest(frontier) with ordinality f(oid, place)
                  order by place) as frontier,
           array(select encode(oid, 'hex') from unnest(unmet_oids) with ordinality u(oid, place)
                  order by place) as "unmetOids",
           orphaned_count as "orphanedCount", restored_count as "restoredCount",
           rate_weight as "rateWeight", rate_at as "rateAt", last_commit_at as "lastCommitAt",
           created_at as "createdAt", watched_until as "watchedUntil",
           encode(walk_oid, 'hex') as "walkOid", walk_after as "walkAfter", looked_at as "lookedAt",
           pushed_at as "pushedAt",
           exists (select from history_count h
                    where h.repository_id = r.id and h.oid = r.observed_oid) as "isCounted"
      from repository r where id = ${repositoryId} and removed_at is null
      ${lock ? Prisma.sql`for update of r` : Prisma.empty}`;
  return row ?? null;
}

export interface WalkUpdate {
  readonly observedOid: Oid | null;
  readonly headOid: Oid | null;
  readonly frontier: readonly Oid[];
  readonly unmetOids: readonly Oid[];
  readonly walkOid: Oid | null;
  readonly walkAfter: string | null;
  readonly state: RepositoryState;
  readonly insertedCount: number;
  readonly orphanedCount: number;
  readonly restoredCount: number;
  readonly lastCommitAt: Date | null;
  readonly rate: CommitRate;
  readonly by: "check" | "page";
}

/** Where a page or a check left the walk. The caller holds the row lock. */
export async function saveWalk(
  tx: Transaction,
  repositoryId: number,
  update: WalkUpdate,
): Promise<void> {
  const { insertedCount, orphanedCount, restoredCount } = update;
  await tx.$executeRaw`
    update repository
       set observed_oid = decode(${update.observedOid}, 'hex'),
           head_oid = decode(${update.headOid}, 'hex'),
           frontier = ${byteaArray(update.frontier)}::bytea[],
           unmet_oids = ${byteaArray(update.unmetOids)}::bytea[],
           walk_oid = decode(${update.walkOid}, 'hex'), walk_after = ${update.walkAfter},
           state = ${update.state}::repository_state,
           commit_count = commit_count + ${insertedCount + restoredCount - orphanedCount},
           orphaned_count = orphaned_count + ${orphanedCount - restoredCount},
           restored_count = case when ${update.frontier.length === 0} then 0
                                 else restored_count + ${restoredCount} end,
           last_commit_at = greatest(last_commit_at, ${update.lastCommitAt}::timestamptz),
           last_fetched_at = case when ${update.by === "page"} then now() else last_fetched_at end,
           rate_weight = ${update.rate.weight}, rate_at = ${update.rate.at}
     where id = ${repositoryId}`;
}

/** Which of these commits are known to lie beyond the repository's tracking start. */
export async function findBoundary(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<Set<Oid>> {
  const rows = await tx.$queryRaw<{ oid: Oid }[]>`
    select encode(b.oid, 'hex') as oid
      from unnest(${oids}::text[]) as asked(oid)
      join boundary_commit b on b.repository_id = ${repositoryId} and b.oid = decode(asked.oid, 'hex')`;
  return new Set(rows.map(({ oid }) => oid));
}

export async function insertBoundary(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<void> {
  if (oids.length === 0) return;
  await tx.$executeRaw`
    insert into boundary_commit (repository_id, oid)
    select ${repositoryId}, decode(oid, 'hex') from unnest(${oids}::text[]) as b(oid)
    on conflict do nothing`;
}

/** Lets a walk begin again from its frontier, unless it has moved on from this place by itself. */
export async function forgetPosition(
  tx: Transaction,
  repositoryId: number,
  { oid, after }: Position,
): Promise<void> {
  await tx.$executeRaw`
    update repository set walk_oid = null, walk_after = null
     where id = ${repositoryId} and walk_oid = decode(${oid}, 'hex') and walk_after = ${after}`;
}

/** The tracking start has moved back: what was beyond it is to be fetched when something leads to it. */
export async function forgetBoundary(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.boundaryCommit.deleteMany({ where: { repositoryId } });
}

export interface WalkReset {
  /** As it is. */
  readonly state: RepositoryState;
  readonly trackFrom: Date | null;
  readonly frontier: readonly Oid[];
  readonly deletedReachable: number;
  readonly deletedOrphaned: number;
}

/**
 * Makes a repository incomplete again, its walk due at once. Raises the generation: whatever was fetched
 * for the walk before is not written any more. The caller holds the row lock.
 */
export async function resetWalk(
  tx: Transaction,
  repositoryId: number,
  { state, trackFrom, frontier, deletedReachable, deletedOrphaned }: WalkReset,
): Promise<void> {
  await tx.$executeRaw`
    update repository
       set generation = generation + 1, track_from = ${trackFrom}, head_oid = null,
           frontier = ${byteaArray(frontier)}::bytea[], walk_oid = null, walk_after = null,
           restored_count = 0,
           state = case when state = 'ACTIVE' then 'BACKFILLING'::repository_state else state end,
           commit_count = commit_count - ${deletedReachable},
           orphaned_count = orphaned_count - ${deletedOrphaned}
     where id = ${repositoryId}`;
  await cancelWork(tx, WALK_KINDS, repositoryId); // of the walk before, in hand or not
  const isWalking = state === "ACTIVE" || state === "BACKFILLING";
  if (isWalking && frontier.length > 0) {
    await requestWork(tx, "backfill", repositoryId, { reason: "WALK", isPublished: false });
  }
}

/** Leaves of a repository only the row that the feed's old events point to. */
export async function eraseRepository(tx: Transaction, repositoryId: number): Promise<void> {
  await forgetBoundary(tx, repositoryId);
  await tx.historyRewrite.deleteMany({ where: { repositoryId } });
  await tx.verification.deleteMany({ where: { repositoryId } });
  await forgetWork(tx, REPOSITORY_WORK, repositoryId);
  await tx.repositoryName.deleteMany({ where: { repositoryId } });
  await tx.$executeRaw`
    update repository
       set removed_at = now(), generation = generation + 1, node_id = null, database_id = null,
           head_oid = null, observed_oid = null, frontier = '{}', unmet_oids = '{}',
           walk_oid = null, walk_after = null, restored_count = 0, commit_count = 0,
           orphaned_count = 0
     where id = ${repositoryId}`;
}

/** The generations that tasks of these repositories carry; in no order. */
export async function readGenerations(
  tx: Transaction,
  ids: readonly number[],
): Promise<{ id: number; generation: number }[]> {
  return await tx.$queryRaw<{ id: number; generation: number }[]>`
    select id, generation from repository where id = any(${ids}::int[]) and removed_at is null`;
}

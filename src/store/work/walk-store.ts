import type { Oid } from "../../domain/commit.js";
import type { CommitRate } from "../../domain/commit-rate.js";
import type { RepositoryState, Walk } from "../../domain/repository.js";
import type { Position } from "../../domain/walk.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { byteaArray } from "../commits/commit-store.js";
import type { ScheduledCheck } from "../repositories/repository-store.js";

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
           encode(walk_oid, 'hex') as "walkOid", walk_after as "walkAfter"
      from repository where id = ${repositoryId} and removed_at is null
      ${lock ? Prisma.sql`for update` : Prisma.empty}`;
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
  readonly next: ScheduledCheck;
  /** A check alone does not forget failures while there is something left to fetch: a pull that keeps failing would be tried at full pace for ever. */
  readonly by: "check" | "page";
}

/** Where a page or a check left the walk. The caller holds the row lock. */
export async function saveWalk(
  tx: Transaction,
  repositoryId: number,
  update: WalkUpdate,
): Promise<void> {
  const { insertedCount, orphanedCount, restoredCount } = update;
  const isCheck = update.by === "check";
  const forgives = !isCheck || update.frontier.length === 0;
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
           last_checked_at = case when ${isCheck} then now() else last_checked_at end,
           last_fetched_at = case when ${isCheck} then last_fetched_at else now() end,
           attempts = case when ${forgives} then 0 else attempts end,
           last_error = case when ${forgives} then null else last_error end,
           first_error = case when ${forgives} then null else first_error end,
           first_failed_at = case when ${forgives} then null else first_failed_at end,
           last_failed_at = case when ${forgives} then null else last_failed_at end,
           failure_context = case when ${forgives} then null else failure_context end,
           rate_weight = ${update.rate.weight}, rate_at = ${update.rate.at},
           check_rate = coalesce(${update.next.checkRate}, check_rate),
           check_reason = ${update.next.reason}::check_reason,
           check_interval_ms = ${update.next.delayMs}::int,
           next_check_at = case when state = 'PAUSED' then next_check_at
                                else now() + ${update.next.delayMs} * interval '1 ms' end
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
  readonly trackFrom: Date | null;
  readonly frontier: readonly Oid[];
  readonly deletedReachable: number;
  readonly deletedOrphaned: number;
}

/**
 * Makes a repository incomplete again and due at once. Raises the generation: whatever was fetched
 * for the walk before is not written any more. The caller holds the row lock.
 */
export async function resetWalk(
  tx: Transaction,
  repositoryId: number,
  { trackFrom, frontier, deletedReachable, deletedOrphaned }: WalkReset,
): Promise<void> {
  await tx.$executeRaw`
    update repository
       set generation = generation + 1, track_from = ${trackFrom}, head_oid = null,
           frontier = ${byteaArray(frontier)}::bytea[], walk_oid = null, walk_after = null,
           restored_count = 0,
           state = case when state = 'ACTIVE' then 'BACKFILLING'::repository_state else state end,
           commit_count = commit_count - ${deletedReachable},
           orphaned_count = orphaned_count - ${deletedOrphaned}, next_check_at = now(),
           check_reason = 'REQUESTED'
     where id = ${repositoryId}`;
}

/** Leaves of a repository only the row that the feed's old events point to. */
export async function eraseRepository(tx: Transaction, repositoryId: number): Promise<void> {
  await forgetBoundary(tx, repositoryId);
  await tx.historyRewrite.deleteMany({ where: { repositoryId } });
  await tx.verification.deleteMany({ where: { repositoryId } });
  await tx.repositoryName.deleteMany({ where: { repositoryId } });
  await tx.$executeRaw`
    update repository
       set removed_at = now(), generation = generation + 1, node_id = null, database_id = null,
           head_oid = null, observed_oid = null, frontier = '{}', unmet_oids = '{}',
           walk_oid = null, walk_after = null, restored_count = 0, commit_count = 0,
           orphaned_count = 0,
           last_error = null, next_check_at = '9999-01-01'
     where id = ${repositoryId}`;
}

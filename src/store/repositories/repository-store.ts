import type { Oid } from "../../domain/commit.js";
import type { CommitRate } from "../../domain/commit-rate.js";
import type { RepositoryState } from "../../domain/repository.js";
import { nameKey, type RepositoryName } from "../../domain/repository-name.js";
import type { Position } from "../../domain/walk.js";
import { REPOSITORY_WORK } from "../../domain/work.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { byteaArray } from "../rows.js";
import { forgetWork, requestFirstChecks, type WorkChange } from "../work/work-store.js";

export interface NewRepository extends RepositoryName {
  /** GitHub's, where it has told it: one that is tracked under another name is found by it. */
  readonly nodeId?: string;
  readonly databaseId?: number | null;
}

/**
 * Rows and names for those that no name and no node id leads to yet; returns their ids. Several
 * transactions may add the same ones at once: each is added by one of them.
 */
export async function insertRows(
  tx: Transaction,
  wanted: readonly NewRepository[],
  { trackFrom }: { trackFrom: Date | null },
): Promise<number[]> {
  const keys = wanted.map(nameKey);
  const nodeIds = wanted.map(({ nodeId }) => nodeId ?? null);
  // The name decides who is first. It comes before the row it points to: foreign keys are checked at
  // the statement's end. In the order of names, so that two transactions never wait for each other.
  const created = await tx.$queryRaw<{ id: number }[]>`
    with wanted as materialized (
      select nextval(pg_get_serial_sequence('repository', 'id'))::int as id, fresh.*
        from (
          select w.name_key, w.owner, w.name
            from unnest(${keys}::text[], ${wanted.map(({ owner }) => owner)}::text[],
                        ${wanted.map(({ name }) => name)}::text[], ${nodeIds}::text[])
              with ordinality as w(name_key, owner, name, node_id, place)
           where not exists (select from repository_name n where n.name_key = w.name_key)
             and not exists (select from repository r where r.node_id = w.node_id)
           order by place) fresh),
    named as (
      insert into repository_name (name_key, repository_id)
      select name_key, id from wanted order by name_key on conflict do nothing
      returning repository_id),
    added as (
      insert into repository (id, owner, name, track_from)
      select id, owner, name, ${trackFrom}::timestamptz
        from wanted where id in (select repository_id from named)
      returning id)
    select id from added order by id`;
  return created.map(({ id }) => id);
}

/**
 * Tracks the repository that now has a name of one that is gone from GitHub: another one, whatever it
 * is called. The old row keeps its history; the name leads to the new row. Null when that is tracked
 * already.
 */
export async function insertSuccessor(
  tx: Transaction,
  {
    owner,
    name,
    nodeId,
    trackFrom = null,
  }: RepositoryName & { nodeId: string; trackFrom?: Date | null },
): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ id: number }[]>`
    insert into repository (owner, name, node_id, track_from)
    values (${owner}, ${name}, ${nodeId}, ${trackFrom}::timestamptz)
    on conflict (node_id) do nothing returning id`;
  if (row === undefined) return null;
  await tx.$executeRaw`
    insert into repository_name (name_key, repository_id)
    values (${nameKey({ owner, name })}, ${row.id})
    on conflict (name_key) do update set repository_id = excluded.repository_id`;
  await requestFirstChecks(tx, [row.id]);
  return row.id;
}

/** What GitHub says of a repository, apart from its head. */
export interface RepositoryFacts extends RepositoryName {
  readonly nodeId: string;
  readonly databaseId: number | null;
  readonly defaultBranch: string | null;
  readonly isArchived: boolean;
  readonly isPrivate: boolean;
  readonly pushedAt: Date | null;
}

/** Identity and flags as a look has shown them; a new name is added to those it is found by. */
export async function saveFacts(
  tx: Transaction,
  repositoryId: number,
  facts: RepositoryFacts,
): Promise<void> {
  const { nodeId, databaseId, owner, name, defaultBranch, isArchived, isPrivate } = facts;
  await tx.$executeRaw`
    update repository
       set node_id = ${nodeId}, database_id = ${databaseId}, owner = ${owner}, name = ${name},
           default_branch = ${defaultBranch}, is_archived = ${isArchived}, is_private = ${isPrivate},
           pushed_at = ${facts.pushedAt}, looked_at = now()
     where id = ${repositoryId}`;
  // GitHub's word on who has a name now outranks ours.
  await tx.$executeRaw`
    insert into repository_name (name_key, repository_id)
    values (${nameKey({ owner, name })}, ${repositoryId})
    on conflict (name_key) do update set repository_id = excluded.repository_id
     where repository_name.repository_id <> excluded.repository_id`;
}

/**
 * What looks have shown that found nothing new. Passes over those that others are writing: they are
 * looked at again.
 */
export async function saveLooks(
  tx: Transaction,
  looks: readonly { id: number; pushedAt: Date | null }[],
): Promise<void> {
  const ids = looks.map(({ id }) => id);
  const pushed = looks.map(({ pushedAt }) => pushedAt?.toISOString() ?? null);
  await tx.$executeRaw`
    update repository r
       set looked_at = now(), pushed_at = greatest(r.pushed_at, looked.pushed_at)
      from unnest(${ids}::int[], ${pushed}::timestamptz[]) as looked(id, pushed_at)
     where r.id = looked.id and r.id in (
       select id from repository where id = any(${ids}::int[]) order by id for update skip locked)`;
}

/**
 * Followed live for so long from now. Returns those that were not before and are checked in time: others
 * are watched already, or not well. Passes over those that others are writing.
 */
export async function saveWatched(
  tx: Transaction,
  repositoryIds: readonly number[],
  { forMs }: { forMs: number },
): Promise<number[]> {
  const marked = await tx.$queryRaw<{ id: number; isNew: boolean }[]>`
    with before as (
      select id, coalesce(watched_until < now(), true) and state in ('ACTIVE', 'EMPTY') as is_new
        from repository
       where id = any(${repositoryIds}::int[]) and removed_at is null and state <> 'PAUSED'
       order by id for update skip locked)
    update repository r set watched_until = now() + ${forMs} * interval '1 ms'
      from before where r.id = before.id returning r.id, before.is_new as "isNew"`;
  return marked.filter(({ isNew }) => isNew).map(({ id }) => id);
}

export interface WalkUpdate {
  readonly observedOid: Oid | null;
  readonly headOid: Oid | null;
  readonly frontier: readonly Oid[];
  readonly unmetOids: readonly Oid[];
  readonly isStartFound: boolean;
  readonly isComplete: boolean;
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

/**
 * Where a page or a check left the walk, and in the same statement what that makes of its work. The caller
 * holds the row lock.
 */
export async function saveWalk(
  tx: Transaction,
  repositoryId: number,
  update: WalkUpdate,
  work: readonly WorkChange[],
): Promise<void> {
  const { insertedCount, orphanedCount, restoredCount } = update;
  const parts = work.map((part, index) => Prisma.sql`${Prisma.raw(`work_${index}`)} as (${part})`);
  await tx.$executeRaw`
    ${parts.length === 0 ? Prisma.empty : Prisma.sql`with ${Prisma.join(parts)}`}
    update repository
       set observed_oid = decode(${update.observedOid}, 'hex'),
           head_oid = decode(${update.headOid}, 'hex'),
           frontier = ${byteaArray(update.frontier)}::bytea[],
           unmet_oids = ${byteaArray(update.unmetOids)}::bytea[],
           is_start_found = ${update.isStartFound},
           walk_oid = decode(${update.walkOid}, 'hex'), walk_after = ${update.walkAfter},
           state = ${update.state}::repository_state,
           commit_count = commit_count + ${insertedCount + restoredCount - orphanedCount},
           orphaned_count = orphaned_count + ${orphanedCount - restoredCount},
           restored_count = case when ${update.isComplete} then 0
                                 else restored_count + ${restoredCount} end,
           last_commit_at = greatest(last_commit_at, ${update.lastCommitAt}::timestamptz),
           last_fetched_at = case when ${update.by === "page"} then now() else last_fetched_at end,
           rate_weight = ${update.rate.weight}, rate_at = ${update.rate.at}
     where id = ${repositoryId}`;
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

export interface WalkRewind {
  readonly trackFrom: Date | null;
  readonly isStartFound: boolean;
  readonly frontier: readonly Oid[];
  readonly deletedReachable: number;
  readonly deletedOrphaned: number;
}

/**
 * Incomplete again, and to be walked from this frontier; makes pulls stale. The caller holds the row
 * lock.
 */
export async function rewindWalk(
  tx: Transaction,
  repositoryId: number,
  { trackFrom, isStartFound, frontier, deletedReachable, deletedOrphaned }: WalkRewind,
): Promise<void> {
  await tx.$executeRaw`
    update repository
       set generation = generation + 1, track_from = ${trackFrom}, head_oid = null,
           is_start_found = ${isStartFound}, frontier = ${byteaArray(frontier)}::bytea[], walk_oid = null, walk_after = null,
           restored_count = 0,
           state = case when state = 'ACTIVE' then 'BACKFILLING'::repository_state else state end,
           commit_count = commit_count - ${deletedReachable},
           orphaned_count = orphaned_count - ${deletedOrphaned}
     where id = ${repositoryId}`;
}

/** Sets a repository's counters to what is stored; whether they were anything else. */
export async function correctCounts(tx: Transaction, repositoryId: number): Promise<boolean> {
  const corrected = await tx.$executeRaw`
    update repository r set commit_count = counted.reachable, orphaned_count = counted.orphaned
      from (select count(*) filter (where reachable)::int as reachable,
                   count(*) filter (where not reachable)::int as orphaned
              from commit where repository_id = ${repositoryId}) counted
     where r.id = ${repositoryId}
       and (r.commit_count, r.orphaned_count) <> (counted.reachable, counted.orphaned)`;
  return corrected > 0;
}

export async function saveState(
  tx: Transaction,
  ids: readonly number[],
  state: RepositoryState,
): Promise<void> {
  await tx.$executeRaw`
    update repository set state = ${state}::repository_state where id = any(${ids}::int[])`;
}

const REVIVED = Prisma.sql`case when head_oid is not null then 'ACTIVE'
  when observed_oid is not null then 'BACKFILLING' else 'PENDING' end::repository_state`;

/** Goes on from as far as it had come. False when it was not in that state. */
export async function reviveRow(
  tx: Transaction,
  repositoryId: number,
  from: RepositoryState,
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    update repository set state = ${REVIVED}
     where id = ${repositoryId} and state = ${from}::repository_state and removed_at is null`;
  return changed > 0;
}

/** Makes pulls stale, too. False when it is paused or gone, or `onlyParked` and it is not. */
export async function pauseRow(
  tx: Transaction,
  repositoryId: number,
  { onlyParked }: { onlyParked: boolean },
): Promise<boolean> {
  const changed = await tx.$executeRaw`
    update repository set state = 'PAUSED', generation = generation + 1
     where id = ${repositoryId} and removed_at is null
       and ${onlyParked ? Prisma.sql`state = 'FAILED'` : Prisma.sql`state <> 'PAUSED'`}`;
  return changed > 0;
}

/** Gives a repository's names to its twin and removes it; it was only ever known by name. */
export async function mergeIntoTwin(
  tx: Transaction,
  repositoryId: number,
  twinId: number,
): Promise<void> {
  await tx.repositoryName.updateMany({ where: { repositoryId }, data: { repositoryId: twinId } });
  await forgetWork(tx, REPOSITORY_WORK, [repositoryId]);
  await tx.repository.delete({ where: { id: repositoryId } });
}

/** Leaves a row that no name and no node id leads to, and that nothing is fetched for. */
export async function eraseRow(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.repositoryName.deleteMany({ where: { repositoryId } });
  await tx.$executeRaw`
    update repository
       set removed_at = now(), generation = generation + 1, node_id = null, database_id = null,
           head_oid = null, observed_oid = null, frontier = '{}', unmet_oids = '{}',
           walk_oid = null, walk_after = null, restored_count = 0, commit_count = 0,
           orphaned_count = 0
     where id = ${repositoryId}`;
}

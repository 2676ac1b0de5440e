import type { Commit, Oid } from "../../domain/commit.js";
import type { Passed } from "../../domain/passed.js";
import type { Untold } from "../../domain/untold.js";
import type { Transaction } from "../../postgres/database.js";
import { reachedFrom } from "../commits/commit-store.js";
import { byteaArray } from "../rows.js";
import { UNTOLD_COLUMN } from "./passed-columns.js";

/** What is not decided, not stored yet, or not told; in no order. */
export async function readPassed(tx: Transaction, repositoryId: number): Promise<Passed[]> {
  return await tx.$queryRaw<Passed[]>`
    select encode(oid, 'hex') as oid, depth, state = 'ADMITTED' as "isAdmitted",
           case when is_seen then array(select encode(p, 'hex') from unnest(parents) p) end as parents
      from passed_commit where repository_id = ${repositoryId} and state <> 'BEYOND'`;
}

/** A commit is written where it is told, and stays otherwise. */
export async function savePassed(
  tx: Transaction,
  repositoryId: number,
  passed: readonly (Passed & { readonly commit: Commit | null })[],
): Promise<void> {
  if (passed.length === 0) return;
  await tx.$executeRaw`
    insert into passed_commit as p (repository_id, oid, state, is_seen, parents, depth, commit)
    select ${repositoryId}, decode(oid, 'hex'), state::passed_state, is_seen, parents::bytea[], depth,
           commit::jsonb
      from unnest(
        ${passed.map(({ oid }) => oid)}::text[],
        ${passed.map(({ isAdmitted }) => (isAdmitted ? "ADMITTED" : "UNDECIDED"))}::text[],
        ${passed.map(({ parents }) => parents !== null)}::boolean[],
        ${passed.map(({ parents }) => byteaArray(parents ?? []))}::text[],
        ${passed.map(({ depth }) => depth)}::int[],
        ${passed.map(({ commit }) => commit && JSON.stringify(commit))}::text[]
      ) as passed(oid, state, is_seen, parents, depth, commit)
    on conflict (repository_id, oid) do update
       set state = excluded.state, is_seen = excluded.is_seen, parents = excluded.parents,
           depth = excluded.depth, commit = coalesce(excluded.commit, p.commit), attempts = 0,
           retry_at = null, error = null
     where p.state in ('UNDECIDED', 'ADMITTED') or (p.state = 'UNTOLD' and excluded.is_seen)`;
}

/** What has been stored now. */
export async function deletePassed(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<void> {
  await tx.$executeRaw`
    delete from passed_commit where repository_id = ${repositoryId}
       and oid = any(${byteaArray(oids)}::bytea[])`;
}

/** Which of these commits are known to lie beyond the repository's tracking start. */
export async function findBeyond(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<Set<Oid>> {
  const rows = await tx.$queryRaw<{ oid: Oid }[]>`
    select encode(p.oid, 'hex') as oid from passed_commit p
     where p.repository_id = ${repositoryId} and p.oid = any(${byteaArray(oids)}::bytea[])
       and p.state = 'BEYOND'`;
  return new Set(rows.map(({ oid }) => oid));
}

/** What is to be stored next: as the frontier leads to it, children first. */
export async function readAdmitted(
  tx: Transaction,
  repositoryId: number,
  { frontier, limit }: { frontier: readonly Oid[]; limit: number },
): Promise<Commit[]> {
  const rows = await tx.$queryRaw<{ commit: StoredJson }[]>`
    with recursive next(oid) as (
      select p.oid from passed_commit p
       where p.repository_id = ${repositoryId} and p.oid = any(${byteaArray(frontier)}::bytea[])
         and p.state = 'ADMITTED'
      union
      select p.oid from next
        join passed_commit child on child.repository_id = ${repositoryId} and child.oid = next.oid
       cross join unnest(child.parents) as parent(oid)
        join passed_commit p on p.repository_id = ${repositoryId} and p.oid = parent.oid
         and p.state = 'ADMITTED'),
    chosen as (select oid, row_number() over () as place from (select oid from next limit ${limit}) n)
    select p.commit from chosen join passed_commit p
        on p.repository_id = ${repositoryId} and p.oid = chosen.oid order by chosen.place`;
  return rows.map(({ commit }) => ({
    ...commit,
    authoredAt: new Date(commit.authoredAt),
    committedAt: new Date(commit.committedAt),
  }));
}

type StoredJson = Omit<Commit, "authoredAt" | "committedAt"> & {
  readonly authoredAt: string;
  readonly committedAt: string;
};

/**
 * Decides what is undecided and led to by the frontier: beyond the start, or to be stored. What nothing
 * leads to any more is forgotten, so that nobody takes it for what it was once.
 */
export async function decidePassed(
  tx: Transaction,
  repositoryId: number,
  { frontier, as }: { frontier: readonly Oid[]; as: "ADMITTED" | "BEYOND" },
): Promise<void> {
  await forgetAstray(tx, repositoryId, frontier);
  if (as === "ADMITTED") {
    await tx.$executeRaw`
      update passed_commit set state = 'ADMITTED'
       where repository_id = ${repositoryId} and state = 'UNDECIDED' and is_seen`;
    return;
  }
  await tx.$executeRaw`
    update passed_commit set state = 'BEYOND', commit = null
     where repository_id = ${repositoryId} and state = 'UNDECIDED'`;
  await tx.$executeRaw`
    insert into passed_commit as p (repository_id, oid, state, is_seen)
    select distinct ${repositoryId}::int, parent.oid, 'BEYOND'::passed_state, false
      from passed_commit b cross join unnest(b.parents) as parent(oid)
     where b.repository_id = ${repositoryId} and b.state = 'BEYOND'
       and not exists (select from commit c
                        where c.repository_id = ${repositoryId} and c.oid = parent.oid)
    on conflict (repository_id, oid) do update set state = 'BEYOND', attempts = 0, retry_at = null
     where p.state = 'UNTOLD' and p.oid <> all(${byteaArray(frontier)}::bytea[])`;
}

/** Leaves of what is not decided only what the frontier leads to. */
export async function forgetAstray(
  tx: Transaction,
  repositoryId: number,
  frontier: readonly Oid[],
): Promise<void> {
  await tx.$executeRaw`
    with recursive led(oid) as (
      select unnest(${byteaArray(frontier)}::bytea[])
      union
      select parent.oid from led
        join passed_commit p on p.repository_id = ${repositoryId} and p.oid = led.oid
         and p.state <> 'BEYOND'
       cross join unnest(p.parents) as parent(oid))
    delete from passed_commit p
     where p.repository_id = ${repositoryId} and p.state <> 'BEYOND'
       and not exists (select from led where led.oid = p.oid)`;
}

/** How far what lies beyond the start is known. */
export interface BeyondEnds {
  readonly count: number;
  /** Whose parents are not known; the first of them. */
  readonly open: readonly Oid[];
}

export async function readBeyondEnds(
  tx: Transaction,
  repositoryId: number,
  { limit }: { limit: number },
): Promise<BeyondEnds> {
  const [row] = await tx.$queryRaw<{ count: number; open: Oid[] }[]>`
    select (select count(*)::int from passed_commit
             where repository_id = ${repositoryId} and state = 'BEYOND') as count,
           array(select encode(oid, 'hex') from passed_commit
                  where repository_id = ${repositoryId} and state = 'BEYOND' and not is_seen
                  limit ${limit}) as open`;
  return { count: row?.count ?? 0, open: row?.open ?? [] };
}

/** Writes what lies beyond; of one whose parents are null they are not known. */
export async function saveBeyond(
  tx: Transaction,
  repositoryId: number,
  commits: readonly { readonly oid: Oid; readonly parents: readonly Oid[] | null }[],
): Promise<void> {
  await tx.$executeRaw`
    insert into passed_commit as p (repository_id, oid, state, is_seen, parents)
    select ${repositoryId}, decode(oid, 'hex'), 'BEYOND', is_seen, parents::bytea[]
      from unnest(
        ${commits.map(({ oid }) => oid)}::text[],
        ${commits.map(({ parents }) => parents !== null)}::boolean[],
        ${commits.map(({ parents }) => byteaArray(parents ?? []))}::text[]
      ) as beyond(oid, is_seen, parents)
    on conflict (repository_id, oid) do update
       set state = 'BEYOND', is_seen = p.is_seen or excluded.is_seen,
           parents = case when excluded.is_seen then excluded.parents else p.parents end,
           commit = null`;
}

/** How many commits a head leads to without passing what is beyond the start; decided or not. */
export async function countInFront(
  tx: Transaction,
  repositoryId: number,
  headOid: Oid,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    with ${reachedFrom(repositoryId, headOid, ["UNDECIDED", "ADMITTED", "UNTOLD"])}
    select count(*)::int as count from reached
     where exists (select from commit c where c.repository_id = ${repositoryId} and c.oid = reached.oid)
        or exists (select from passed_commit p where p.repository_id = ${repositoryId}
                    and p.oid = reached.oid and p.state <> 'BEYOND' and p.is_seen)`;
  return row?.count ?? 0;
}

/** What lies directly behind stored commits, and beyond the start. Reads all that is stored. */
export async function findBeyondParents(tx: Transaction, repositoryId: number): Promise<Oid[]> {
  const rows = await tx.$queryRaw<{ oid: Oid }[]>`
    select encode(p.oid, 'hex') as oid from passed_commit p
     where p.repository_id = ${repositoryId} and p.state = 'BEYOND'
       and p.oid in (select unnest(parents) from commit
                      where repository_id = ${repositoryId} and reachable)`;
  return rows.map(({ oid }) => oid);
}

/** The start is found anew: what was beyond it is asked for when something leads to it. */
export async function forgetPassed(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.passedCommit.deleteMany({ where: { repositoryId } });
}

/** What GitHub does not tell of a repository; as it is now. */
export async function readUntold(tx: Transaction, repositoryId: number): Promise<Untold[]> {
  const [row] = await tx.$queryRaw<{ untold: Untold[] }[]>`
    select ${UNTOLD_COLUMN} as untold from repository r where id = ${repositoryId}`;
  return row?.untold ?? [];
}

/** What was not told, how often it was asked for, and what turned out to lie behind it. */
export interface NotTold {
  readonly oid: Oid;
  readonly attempts: number;
  /** 0: at once. */
  readonly retryInMs: number;
  /** For a person; null where it has only been missed. */
  readonly error: string | null;
  readonly behind: readonly Oid[];
}

/** Adds to what is known to lie behind. */
export async function saveUntold(
  tx: Transaction,
  repositoryId: number,
  untold: readonly NotTold[],
): Promise<void> {
  if (untold.length === 0) return;
  await tx.$executeRaw`
    insert into passed_commit as p (
      repository_id, oid, state, is_seen, parents, attempts, retry_at, error)
    select ${repositoryId}, decode(oid, 'hex'), 'UNTOLD', false, behind::bytea[], attempts,
           now() + nullif(retry_ms, 0) * interval '1 ms', error
      from unnest(
        ${untold.map(({ oid }) => oid)}::text[],
        ${untold.map(({ behind }) => byteaArray(behind))}::text[],
        ${untold.map(({ attempts }) => attempts)}::int[],
        ${untold.map(({ retryInMs }) => retryInMs)}::int8[],
        ${untold.map(({ error }) => error)}::text[]
      ) as untold(oid, behind, attempts, retry_ms, error)
    on conflict (repository_id, oid) do update
       set state = 'UNTOLD', attempts = excluded.attempts,
           retry_at = case when excluded.attempts > p.attempts then excluded.retry_at
                           else p.retry_at end,
           error = coalesce(excluded.error, p.error),
           parents = array(select distinct unnest(p.parents || excluded.parents))
     where p.state = 'UNTOLD' or (p.state = 'UNDECIDED' and not p.is_seen)`;
}

/** What GitHub did not tell is asked for at once. */
export async function retryUntold(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`
    update passed_commit set retry_at = null
     where repository_id = ${repositoryId} and state = 'UNTOLD'`;
}

import { type Commit, headlineOf, type Oid } from "../../domain/commit.js";
import { PASSED_STATES, type PassedState } from "../../domain/passed.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { byteaArray } from "../rows.js";
import { countFlipped } from "../statistics/statistics-store.js";
import { castOf, writtenCast } from "./actor-store.js";
import { AUTHOR_COLUMNS, writtenAuthors } from "./author-store.js";

/** Which of these commits of a repository are stored. One index probe each, one statement. */
export async function findStored(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<Set<Oid>> {
  const [row] = await tx.$queryRaw<{ stored: Oid[] }[]>`
    select ${storedAmong(repositoryId, oids)} as stored`;
  return new Set(row?.stored);
}

/** The same as part of a statement, as an array. Each by itself: a join could read all of a repository. */
export function storedAmong(repositoryId: number, oids: readonly Oid[]): Prisma.Sql {
  return Prisma.sql`array(
    select asked.oid from unnest(${listed(oids)}::text[]) as asked(oid)
     cross join lateral (
       select from commit c where c.repository_id = ${repositoryId}
          and c.oid = decode(asked.oid, 'hex') limit 1) as c)`;
}

export interface Inserted {
  /** How many were new. */
  readonly insertedCount: number;
  /** By which events they are announced, one for each slice; unused ones leave gaps: it is no order. */
  readonly eventIds: readonly bigint[];
}

/**
 * Writes a page's commits, each slice of them as announced by an event of its own, in their order.
 *
 * One statement whatever their number: arrays through unnest (createMany plans and serialises each
 * row; docs/decisions/0002). A commit that is stored already is left as it is.
 */
export async function insertCommits(
  tx: Transaction,
  repositoryId: number,
  slices: readonly (readonly Commit[])[],
): Promise<Inserted> {
  const commits = slices.flat();
  if (commits.length === 0) return { insertedCount: 0, eventIds: [] };
  const cast = castOf(commits);
  const [row] = await tx.$queryRaw<{ count: number; eventIds: bigint[] }[]>`
    with event as materialized (
      select slice, nextval('feed_event_id_seq') as id from generate_series(1, ${slices.length}) as slice),
    ${writtenCast(repositoryId, cast)},
    inserted as (insert into commit (
      event_id, position, repository_id, oid, parents, message, headline, author_hash, committer_hash,
      authored_at, committed_at)
    select event.id, page.position, ${repositoryId}, decode(page.oid, 'hex'), page.parents::bytea[],
           page.message, page.headline, author.hash, committer.hash,
           to_timestamp(page.authored_at), to_timestamp(page.committed_at)
      from unnest(
        ${listed(slices.flatMap((own, index) => own.map(() => index + 1)))}::int[],
        ${listed(slices.flatMap((own) => own.map((_, index) => index)))}::int[],
        ${listed(commits.map(({ oid }) => oid))}::text[],
        ${commits.map(({ parents }) => byteaArray(parents))}::text[],
        ${commits.map(({ message }) => message)}::text[],
        ${commits.map(({ message }) => storedHeadline(message))}::text[],
        ${listed(cast.authors)}::int[], ${listed(cast.committers)}::int[],
        ${listed(commits.map(({ authoredAt }) => seconds(authoredAt)))}::float8[],
        ${listed(commits.map(({ committedAt }) => seconds(committedAt)))}::float8[]
      ) as page (slice, position, oid, parents, message, headline, author, committer, authored_at, committed_at)
      join event on event.slice = page.slice
      join cast_member author on author.place = page.author
      join cast_member committer on committer.place = page.committer
     order by page.slice, page.position
    on conflict (repository_id, oid) do nothing
    returning ${AUTHOR_COLUMNS}), ${writtenAuthors(cast.actors)}
    select (select count(*)::int from inserted) as count,
           array(select id from event order by slice) as "eventIds"`;
  if (row === undefined) throw new Error("an insert returned no row");
  return { insertedCount: row.count, eventIds: row.eventIds };
}

/** Of what needs no quotes: one value to send instead of as many. */
function listed(values: readonly (string | number)[]): string {
  return `{${values.join(",")}}`;
}

function seconds(at: Date): number {
  return at.getTime() / 1_000;
}

/** Null where it is the message's first line, as of nearly every commit. */
function storedHeadline(message: string): string | null {
  const headline = headlineOf(message);
  return headline === message.split("\n", 1)[0] ? null : headline;
}

export interface Restored {
  readonly oids: readonly Oid[];
  readonly parents: readonly Oid[];
}

/**
 * Makes stored orphans reachable again that are among `seeds` or their ancestors. What is reachable
 * already has only reachable ancestors, so the walk stops there: its cost is the orphans it restores.
 */
export async function restoreReachable(
  tx: Transaction,
  repositoryId: number,
  seeds: readonly Oid[],
): Promise<Restored> {
  const rows = await tx.$queryRaw<{ oid: Oid; parents: Oid[] }[]>`
    with recursive back(oid) as (
      select c.oid from unnest(${seeds}::text[]) as seed(oid)
        join commit c on c.repository_id = ${repositoryId} and c.oid = decode(seed.oid, 'hex')
       where not c.reachable
      union
      select c.oid from back
        join commit child on child.repository_id = ${repositoryId} and child.oid = back.oid
       cross join unnest(child.parents) as parent(oid)
        join commit c on c.repository_id = ${repositoryId} and c.oid = parent.oid
       where not c.reachable)
    update commit c set reachable = true, orphaned_at = null from back
     where c.repository_id = ${repositoryId} and c.oid = back.oid
    returning encode(c.oid, 'hex') as oid,
              array(select encode(p, 'hex') from unnest(c.parents) p) as parents`;
  const oids = await counted(tx, repositoryId, rows, { isReachable: true });
  return { oids, parents: rows.flatMap(({ parents }) => parents) };
}

/**
 * The head and everything that it leads to by what is stored and what has been passed in one of these
 * states, stored or not. A way behind the tracking start counts as one, as far as it is known.
 */
export function reachedFrom(
  repositoryId: number,
  headOid: Oid,
  through: readonly PassedState[] = PASSED_STATES,
): Prisma.Sql {
  return Prisma.sql`recursive reached(oid) as (
    select decode(${headOid}, 'hex')
    union
    select parent.oid from reached
     cross join lateral (
       select c.parents from commit c where c.repository_id = ${repositoryId} and c.oid = reached.oid
       union all
       select p.parents from passed_commit p
        where p.repository_id = ${repositoryId} and p.oid = reached.oid
          and p.state = any(${through}::text[]::passed_state[])) own
     cross join unnest(own.parents) as parent(oid))`;
}

/** Which of these a head leads to, by whatever way. Walks the whole stored history: for a rewrite only. */
export async function findReached(
  tx: Transaction,
  repositoryId: number,
  headOid: Oid,
  oids: readonly Oid[],
): Promise<Set<Oid>> {
  const rows = await tx.$queryRaw<{ oid: Oid }[]>`
    with ${reachedFrom(repositoryId, headOid)}
    select encode(oid, 'hex') as oid from reached where oid = any(${byteaArray(oids)}::bytea[])`;
  return new Set(rows.map(({ oid }) => oid));
}

/** Makes the stored orphans reachable that the head leads to; returns them. Walks the whole history. */
export async function restoreReached(
  tx: Transaction,
  repositoryId: number,
  headOid: Oid,
): Promise<Oid[]> {
  const rows = await tx.$queryRaw<{ oid: Oid }[]>`
    with ${reachedFrom(repositoryId, headOid)}
    update commit c set reachable = true, orphaned_at = null from reached
     where c.repository_id = ${repositoryId} and c.oid = reached.oid and not c.reachable
    returning encode(c.oid, 'hex') as oid`;
  return await counted(tx, repositoryId, rows, { isReachable: true });
}

/**
 * Marks the stored commits that `headOid` does not lead to as orphaned, but for those in `kept`, and
 * returns them. Exact whatever the dates, at the price of walking the whole stored history: only for a
 * rewrite (docs/decisions/0004).
 */
export async function orphanUnreachable(
  tx: Transaction,
  repositoryId: number,
  headOid: Oid,
  kept: readonly Oid[],
): Promise<Oid[]> {
  const rows = await tx.$queryRaw<{ oid: Oid }[]>`
    with ${reachedFrom(repositoryId, headOid)}
    update commit c set reachable = false, orphaned_at = now()
     where c.repository_id = ${repositoryId} and c.reachable
       and not exists (select from reached where reached.oid = c.oid)
       and c.oid <> all(${byteaArray(kept)}::bytea[])
    returning encode(c.oid, 'hex') as oid`;
  return await counted(tx, repositoryId, rows, { isReachable: false });
}

/** Of those that are stored, their parents. */
export async function readParents(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<Map<Oid, Oid[]>> {
  const rows = await tx.$queryRaw<{ oid: Oid; parents: Oid[] }[]>`
    select encode(oid, 'hex') as oid, array(select encode(p, 'hex') from unnest(parents) p) as parents
      from commit where repository_id = ${repositoryId} and oid = any(${byteaArray(oids)}::bytea[])`;
  return new Map(rows.map(({ oid, parents }) => [oid, parents]));
}

/** Whether a commit is stored, and not as an orphan. */
export async function isReachable(
  tx: Transaction,
  repositoryId: number,
  oid: Oid,
): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ found: boolean }[]>`
    select exists (select from commit where repository_id = ${repositoryId}
                    and oid = decode(${oid}, 'hex') and reachable) as found`;
  return row?.found === true;
}

/** Which of these are parents of stored commits. Reads the repository's whole history: for rare cases only. */
export async function findParents(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<Oid[]> {
  if (oids.length === 0) return [];
  const wanted = byteaArray(oids);
  const rows = await tx.$queryRaw<{ oid: Oid }[]>`
    select distinct encode(parent.oid, 'hex') as oid
      from commit c cross join unnest(c.parents) as parent(oid)
     where c.repository_id = ${repositoryId} and c.parents && ${wanted}::bytea[]
       and parent.oid = any(${wanted}::bytea[])`;
  return rows.map(({ oid }) => oid);
}

/** Whether a stored commit has this parent; at the same price. */
export async function isParent(tx: Transaction, repositoryId: number, oid: Oid): Promise<boolean> {
  return (await findParents(tx, repositoryId, [oid])).length > 0;
}

async function counted(
  tx: Transaction,
  repositoryId: number,
  rows: readonly { readonly oid: Oid }[],
  { isReachable }: { readonly isReachable: boolean },
): Promise<Oid[]> {
  const oids = rows.map(({ oid }) => oid);
  await countFlipped(tx, repositoryId, oids, { isReachable });
  return oids;
}

import type { Commit, Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { byteaArray, type CommitJson, commitJson, toStoredCommit } from "../rows.js";

/** Of what is sought, so many are looked for in each repository. */
const SOUGHT_MAX = 10;
/** Of messages, as much as one transaction carries. */
const BYTES_MAX = 4_194_304;

/** Whether the first history of another repository of the same name, as forks have it, is complete. */
export async function hasNamesake(tx: Transaction, repositoryId: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ found: boolean }[]>`
    select exists (
      select from repository own join repository r on r.bare_name = own.bare_name
       where own.id = ${repositoryId} and r.id <> own.id
         and r.head_oid is not null and r.commit_count > 0) as found`;
  return row?.found === true;
}

/**
 * Another repository of the same name, as forks have it, that has one of these commits stored; null when
 * none has. Costs a look into an index for each of them and each commit.
 */
export async function findRepositoryWith(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ id: number }[]>`
    select r.id from repository own join repository r on r.bare_name = own.bare_name
     cross join unnest(${byteaArray(oids.slice(0, SOUGHT_MAX))}::bytea[]) as sought(oid)
     cross join lateral (
       select from commit c where c.repository_id = r.id and c.oid = sought.oid limit 1) as found
     where own.id = ${repositoryId} and r.id <> own.id and r.commit_count + r.orphaned_count > 0
     limit 1`;
  return row?.id ?? null;
}

/**
 * At most `limit` commits that these lead to, themselves included, as another repository has them stored;
 * each after one of its children, and none that is stored already. Fewer where their messages are long.
 */
export async function readElsewhere(
  tx: Transaction,
  repositoryId: number,
  { from, oids, limit }: { from: number; oids: readonly Oid[]; limit: number },
): Promise<Commit[]> {
  const isIn = (repository: number, oid: Prisma.Sql) => Prisma.sql`(
    select true from commit c where c.repository_id = ${repository} and c.oid = ${oid} limit 1)`;
  const rows = await tx.$queryRaw<{ commit: CommitJson }[]>`
    with recursive reached(oid) as (
      select oid from unnest(${byteaArray(oids)}::bytea[]) as wanted(oid)
       where ${isIn(from, Prisma.sql`wanted.oid`)}
      union
      select parent.oid from reached
       cross join lateral (
         select c.parents from commit c
          where c.repository_id = ${from} and c.oid = reached.oid limit 1) as child
       cross join unnest(child.parents) as parent(oid)
       where ${isIn(from, Prisma.sql`parent.oid`)}
         and ${isIn(repositoryId, Prisma.sql`parent.oid`)} is null),
    taken as materialized (
      select oid, row_number() over () as place
        from (select oid from reached limit ${limit}) as nearest)
    select ${commitJson("WHOLE")} as commit
      from (
        select found.*, taken.place,
               sum(octet_length(found.message)) over (order by taken.place) as bytes
          from taken cross join lateral (
            select * from commit c where c.repository_id = ${from} and c.oid = taken.oid limit 1)
               as found) as c
     where c.place = 1 or c.bytes <= ${BYTES_MAX}
     order by c.place`;
  return rows.map(({ commit }) => toStoredCommit(commit));
}

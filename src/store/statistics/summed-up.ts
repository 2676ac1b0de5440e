import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { ALL_TOGETHER } from "../of-each.js";
import { spanOf } from "./spans.js";

/** A repository of more commits is summed up like all together; what has fewer is sooner counted. */
const COMMITS_MIN = 50_000;

/** Sums up those of the repositories of these events that have become large. */
export async function sumUpLarge(
  tx: Transaction,
  { after, upTo }: { readonly after: bigint; readonly upTo: bigint },
): Promise<void> {
  const large = await tx.$queryRaw<{ id: number }[]>`
    select own.repository_id as id
      from (select distinct repository_id from feed_event
             where sequence > ${after} and sequence <= ${upTo}) as own
      join repository r on r.id = own.repository_id and r.commit_count > ${COMMITS_MIN}
     where not exists (select from contributor c where c.repository_id = own.repository_id)
       and (select sum(reachable_count) from author a
             where a.repository_id = own.repository_id) > ${COMMITS_MIN}`;
  for (const { id } of large) await sumUpRepository(tx, id, upTo);
}

/** Sums up a repository from all of its commits that are filled. */
export async function sumUpRepository(
  tx: Transaction,
  repositoryId: number,
  mark: bigint,
): Promise<void> {
  await forget(tx, Prisma.sql`repository_id = ${repositoryId}`);
  await sumUp(tx, repositoryId, mark, Prisma.sql`a.repository_id = ${repositoryId}`);
}

/** Sums up some people's commits in all repositories anew. Reads all that they wrote. */
export async function sumUpPeople(
  tx: Transaction,
  people: readonly string[],
  mark: bigint,
): Promise<void> {
  await forget(
    tx,
    Prisma.sql`repository_id = ${ALL_TOGETHER} and person_key = any(${people}::text[])`,
  );
  await sumUp(tx, ALL_TOGETHER, mark, Prisma.sql`a.person_key = any(${people}::text[])`);
}

async function forget(tx: Transaction, isContributor: Prisma.Sql): Promise<void> {
  await tx.$executeRaw`
    with gone as (delete from contributor where ${isContributor} returning id)
    delete from contribution c using gone where c.contributor_id = gone.id`;
}

async function sumUp(
  tx: Transaction,
  subjectId: number,
  mark: bigint,
  isWanted: Prisma.Sql,
): Promise<void> {
  await tx.$executeRaw`
    with filled as materialized (
      select a.person_key, c.author_hash, c.committed_at
        from author a
        join commit c on c.repository_id = a.repository_id and c.author_hash = a.author_hash
         and c.reachable = true
        join feed_event e on e.id = c.event_id and e.sequence <= ${mark}
       where ${isWanted}),
    people as (
      insert into contributor (repository_id, person_key, commit_count, first_at, last_at, author_hash)
      select ${subjectId}, person_key, sum(count)::int, min(first_at), max(last_at),
             (array_agg(author_hash order by last_at desc, author_hash))[1]
        from (select person_key, author_hash, count(*) as count, min(committed_at) as first_at,
                     max(committed_at) as last_at from filled group by 1, 2) as own
       group by person_key
      returning id, person_key)
    insert into contribution (contributor_id, span, commit_count, first_at, last_at)
    select p.id, ${spanOf(Prisma.sql`f.committed_at`)}, count(*), min(f.committed_at),
           max(f.committed_at)
      from filled f join people p using (person_key) group by 1, 2`;
}

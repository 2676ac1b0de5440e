import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { ALL_TOGETHER } from "../of-each.js";
import { countedPersons } from "./counted.js";
import { redatePeople } from "./redate.js";
import { spanOf } from "./spans.js";

/** A table of this transaction alone: what is taken off people, by spans of time. */
const GONE = Prisma.sql`gone_contribution`;

/** Before the commits of a repository are deleted with `deleteCounted`. */
export async function beginRemoval(tx: Transaction): Promise<void> {
  await tx.$executeRaw`
    create temporary table ${GONE} (author_hash bigint, span int, commit_count int) on commit drop`;
}

/** Deletes all commits of a repository and keeps what statistics have of them; returns how many there were. */
export async function deleteCounted(
  tx: Transaction,
  repositoryId: number,
  mark: bigint,
): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    with deleted as (
      delete from commit where repository_id = ${repositoryId}
      returning author_hash, committed_at, reachable, event_id),
    kept as (
      insert into ${GONE} (author_hash, span, commit_count)
      select author_hash, ${spanOf(Prisma.sql`committed_at`)}, count(*)
        from deleted d join feed_event e on e.id = d.event_id
       where d.reachable and e.sequence <= ${mark} group by 1, 2)
    select count(*)::int as count from deleted`;
  return row?.count ?? 0;
}

/** Takes the repository out of all statistics. Its rows of `author` are still there; nobody else changes any. */
export async function forgetStatistics(tx: Transaction, repositoryId: number): Promise<void> {
  const people = await tx.$queryRaw<{ personKey: string }[]>`
    with span_change as materialized (
      select ${ALL_TOGETHER}::int as subject_id, a.person_key, g.span,
             -sum(g.commit_count)::int as count, null::timestamptz as first_at,
             null::timestamptz as last_at
        from ${GONE} g join author a on a.repository_id = ${repositoryId} and a.author_hash = g.author_hash
       group by a.person_key, g.span),
    person_change as materialized (
      select subject_id, person_key, sum(count)::int as count, null::timestamptz as first_at,
             null::timestamptz as last_at, null::bigint as author_hash
        from span_change group by subject_id, person_key),
    ${countedPersons()},
    changed_activity as (
      update activity a set author_count = null
        from (select min(first_at) as first_at, max(last_at) as last_at from author
               where repository_id = ${repositoryId}) as own
       where a.repository_id = ${ALL_TOGETHER} and a.start <= own.last_at
         and a.start > own.first_at - interval '1 month 1 day'),
    own_activity as (delete from activity where repository_id = ${repositoryId}),
    own_contributor as (delete from contributor where repository_id = ${repositoryId} returning id),
    own_contribution as (
      delete from contribution c using own_contributor as own where c.contributor_id = own.id)
    select person_key as "personKey" from person_change`;
  await tx.$executeRaw`
    update author set reachable_count = 0 where repository_id = ${repositoryId} and reachable_count > 0`;
  await redatePeople(
    tx,
    ALL_TOGETHER,
    people.map(({ personKey }) => personKey),
  );
}

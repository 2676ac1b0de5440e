import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { rewriteAuthors } from "../commits/author-store.js";
import { ALL_TOGETHER } from "../of-each.js";
import { unfilledEvents } from "../projections/projection-store.js";
import { holdStatistics, STATISTICS_PROJECTION } from "./statistics-store.js";
import { sumUpPeople, sumUpRepository } from "./summed-up.js";

/** Whether what is counted of a repository's authors, and of people where it is summed up, is what is filled. */
export function isRightlySummed(repositoryId: number): Prisma.Sql {
  const counted = Prisma.sql`
    (select coalesce(sum(reachable_count), 0) from author where repository_id = ${repositoryId})`;
  return Prisma.sql`(
    ${counted} = (
      select count(*) from commit where repository_id = ${repositoryId} and reachable = true)
      - (select count(*) from (${unfilledEvents(STATISTICS_PROJECTION)}) as e
           join commit c on c.event_id = e.id
          where c.repository_id = ${repositoryId} and c.reachable)
    and (select coalesce(sum(commit_count), ${counted}) from contributor
          where repository_id = ${repositoryId}) = ${counted}
    and (select coalesce(sum(own.commit_count), ${counted})
           from contributor c join contribution own on own.contributor_id = c.id
          where c.repository_id = ${repositoryId}) = ${counted})`;
}

/** Makes all statistics of a repository those of what is stored. Reads all that its people ever wrote. */
export async function recountStatistics(tx: Transaction, repositoryId: number): Promise<void> {
  const mark = await holdStatistics(tx);
  const before = await readPeople(tx, repositoryId);
  await rewriteAuthors(tx, repositoryId);
  await tx.$executeRaw`
    update author a
       set reachable_count = own.count, first_at = own.first_at, last_at = own.last_at
      from (select c.author_hash, count(*)::int as count, min(c.committed_at) as first_at,
                   max(c.committed_at) as last_at
              from commit c join feed_event e on e.id = c.event_id and e.sequence <= ${mark}
             where c.repository_id = ${repositoryId} and c.reachable group by c.author_hash) as own
     where a.repository_id = ${repositoryId} and a.author_hash = own.author_hash`;
  const [summed] = await tx.$queryRaw<{ is: boolean }[]>`
    select exists (select from contributor where repository_id = ${repositoryId}) as is`;
  if (summed?.is === true) await sumUpRepository(tx, repositoryId, mark);
  const people = new Set([...before, ...(await readPeople(tx, repositoryId))]);
  await sumUpPeople(tx, [...people], mark);
  await tx.$executeRaw`
    update activity set author_count = null where repository_id in (${ALL_TOGETHER}, ${repositoryId})`;
}

async function readPeople(tx: Transaction, repositoryId: number): Promise<string[]> {
  const rows = await tx.$queryRaw<{ personKey: string }[]>`
    select distinct person_key as "personKey" from author where repository_id = ${repositoryId}`;
  return rows.map(({ personKey }) => personKey);
}

import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { ALL_TOGETHER } from "../of-each.js";

/**
 * Finds the first and last dates of these authors anew, and of the people they are, after commits of
 * theirs have been taken off; forgets people of whom nothing is left. Reads two index entries for each
 * of the authors, however much they wrote.
 */
export async function redate(
  tx: Transaction,
  repositoryId: number,
  authorHashes: readonly string[],
): Promise<void> {
  const own = Prisma.sql`
    from commit c where c.repository_id = a.repository_id and c.author_hash = a.author_hash
     and c.reachable = true`;
  const people = await tx.$queryRaw<{ personKey: string }[]>`
    update author a
       set first_at = (select min(c.committed_at) ${own}), last_at = (select max(c.committed_at) ${own})
     where a.repository_id = ${repositoryId}
       and a.author_hash = any(${authorHashes}::text[]::bigint[])
    returning person_key as "personKey"`;
  const keys = [...new Set(people.map(({ personKey }) => personKey))];
  await redatePeople(tx, repositoryId, keys);
}

/** The same of people alone, from what is known of their spellings. */
export async function redatePeople(
  tx: Transaction,
  repositoryId: number,
  people: readonly string[],
): Promise<void> {
  const subjects = [ALL_TOGETHER, repositoryId];
  await tx.$executeRaw`
    with gone as (
      delete from contributor
       where repository_id = any(${subjects}::int[]) and person_key = any(${people}::text[])
         and commit_count <= 0
      returning id)
    delete from contribution c using gone where c.contributor_id = gone.id`;
  await tx.$executeRaw`
    update contributor c
       set first_at = own.first_at, last_at = own.last_at, author_hash = own.author_hash
      from unnest(${subjects}::int[]) as subject(id) cross join unnest(${people}::text[]) as person(key)
     cross join lateral (
       select min(a.first_at) as first_at, max(a.last_at) as last_at,
              (array_agg(a.author_hash order by a.last_at desc, a.author_hash))[1] as author_hash
         from (select * from author where person_key = person.key and reachable_count > 0) as a
        where subject.id in (${ALL_TOGETHER}, a.repository_id)) as own
     where c.repository_id = subject.id and c.person_key = person.key and own.first_at is not null
       and (c.first_at, c.last_at, c.author_hash)
           is distinct from (own.first_at, own.last_at, own.author_hash)`;
}

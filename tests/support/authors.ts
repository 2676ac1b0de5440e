import { expect } from "vitest";
import { spellingKeys } from "../../src/domain/author-key.js";
import type { Actor } from "../../src/domain/commit.js";
import type { Database } from "../../src/postgres/database.js";

/**
 * What statistics keep of a repository, of people and of intervals is what they have been filled from:
 * the reachable commits up to their mark.
 */
export async function expectStatisticsKept(
  database: Database,
  repositoryId: number,
): Promise<void> {
  await expectAuthorsKept(database, repositoryId);
  await expectPeopleKept(database);
  await expectActivityKept(database);
}

const FILLED = `
  select c.*, a.person_key from commit c join feed_event e on e.id = c.event_id
    join author a on a.repository_id = c.repository_id and a.author_hash = c.author_hash
   where c.reachable and e.sequence <= (select sequence from projection where name = 'statistics')`;

async function expectAuthorsKept({ primary }: Database, repositoryId: number): Promise<void> {
  const kept = await primary.$queryRaw`
    select author_hash, name_key, email_key, login_key, person_key, reachable_count
      from author where repository_id = ${repositoryId} order by author_hash`;
  const stored = await primary.$queryRaw<(Omit<Actor, "avatarUrl"> & { author_hash: bigint })[]>`
    select author_hash, name, email, login, count(*) filter (where reachable and e.sequence <= (
             select sequence from projection where name = 'statistics'))::int as reachable_count
      from commit c join feed_event e on e.id = c.event_id
      join actor a on a.repository_id = c.repository_id and a.hash = c.author_hash
     where c.repository_id = ${repositoryId}
     group by author_hash, name, email, login order by author_hash`;
  expect(kept).toEqual(
    stored.map(({ name, email, login, ...counted }) => {
      const keys = spellingKeys({ name, email, login });
      const { name: name_key, email: email_key, login: login_key, person: person_key } = keys;
      return { ...counted, name_key, email_key, login_key, person_key };
    }),
  );
}

async function expectPeopleKept({ primary }: Database): Promise<void> {
  const summed = `
    from (${FILLED}) as c cross join lateral (select 0 as subject union all select c.repository_id) as s
   where exists (select from contributor k where k.repository_id = subject)`;
  expect(
    await primary.$queryRawUnsafe(
      "select repository_id, person_key, commit_count from contributor order by 1, 2",
    ),
  ).toEqual(
    await primary.$queryRawUnsafe(`
      select subject as repository_id, person_key, count(*)::int as commit_count ${summed}
       group by 1, 2 order by 1, 2`),
  );
  expect(
    await primary.$queryRawUnsafe(`
      select c.repository_id, c.person_key, own.span, own.commit_count
        from contribution own left join contributor c on c.id = own.contributor_id
       where own.commit_count <> 0 order by 1, 2, 3`),
  ).toEqual(
    await primary.$queryRawUnsafe(`
      select subject as repository_id, person_key,
             floor(extract(epoch from committed_at) / 2097152)::int as span,
             count(*)::int as commit_count ${summed}
       group by 1, 2, 3 order by 1, 2, 3`),
  );
}

/** Where they are not to be counted again, and nothing has come since. */
async function expectActivityKept({ primary }: Database): Promise<void> {
  const wrong = await primary.$queryRawUnsafe(`
    select kept.*, counted.* from activity kept cross join lateral (
      select count(*)::int as commits, count(distinct a.person_key)::int as authors,
             bool_or(e.sequence > (select sequence from projection where name = 'statistics')) as is_new
        from commit c join feed_event e on e.id = c.event_id
        join author a on a.repository_id = c.repository_id and a.author_hash = c.author_hash
       where c.reachable and kept.repository_id in (0, c.repository_id)
         and date_trunc(kept.interval::text, c.committed_at, 'UTC') = kept.start) as counted
     where kept.author_count is not null and counted.is_new is distinct from true
       and (kept.commit_count, kept.author_count) is distinct from (counted.commits, counted.authors)`);
  expect(wrong).toEqual([]);
}

import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { limitFor, written } from "../../postgres/statement.js";

/** One person's reachable commits; who that is: by login, else by e-mail, else by name. */
export interface AuthorStats {
  /** As their newest commit has them. */
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
  readonly avatarUrl: string | null;
  readonly commitCount: number;
  readonly firstCommitAt: Date;
  readonly lastCommitAt: Date;
}

export interface AuthorRange {
  readonly repositoryId: number | null;
  /** By committer date, inclusive. */
  readonly since: Date | null;
  readonly until: Date | null;
}

/**
 * Who has most commits, the latest first among equals. Without dates from the counters of authors; with
 * dates by counting the index entries of that time (docs/decisions/0013).
 */
export async function listTopAuthors(
  { reader }: { readonly reader: StatementReader },
  { repositoryId, since, until }: AuthorRange,
  first: number,
): Promise<AuthorStats[]> {
  const isOfRepository =
    repositoryId === null ? Prisma.sql`true` : Prisma.sql`repository_id = ${repositoryId}`;
  const counts =
    since === null && until === null
      ? Prisma.sql`select * from author where ${isOfRepository} and commit_count > 0`
      : Prisma.sql`
          select a.person_key, counted.*
            from (select repository_id, author_hash, count(*) as commit_count,
                         min(committed_at) as first_commit_at, max(committed_at) as last_commit_at
                    from commit
                   where ${isOfRepository} and reachable = true
                     and committed_at >= coalesce(${since}::timestamptz, '-infinity')
                     and committed_at <= coalesce(${until}::timestamptz, 'infinity')
                   group by repository_id, author_hash) as counted
            join (select * from author where ${isOfRepository}) as a
           using (repository_id, author_hash)`;
  const rows = await reader.query<AuthorStats>(Prisma.sql`
    with top as materialized (
      select person_key, sum(commit_count)::int as commit_count,
             min(first_commit_at) as first_commit_at, max(last_commit_at) as last_commit_at
        from (${counts}) as counts
       group by person_key order by 2 desc, 4 desc, 1 limit ${written(limitFor(first))}),
    latest as (
      select distinct on (person_key) person_key, name, email, login, avatar_url
        from top join (select * from author where ${isOfRepository}) as own using (person_key)
       order by person_key, own.last_commit_at desc nulls last, author_hash)
    select name, email, login, avatar_url as "avatarUrl", commit_count as "commitCount",
           first_commit_at as "firstCommitAt", last_commit_at as "lastCommitAt"
      from top join latest using (person_key)
     order by commit_count desc, last_commit_at desc, person_key`);
  return rows.slice(0, first);
}

import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { limitFor, written } from "../../postgres/statement.js";
import { type BoundedCount, boundedCount, COUNTED_MAX, inOrder } from "../list.js";
import { ofEach, type Subject, subjectsOf } from "../of-each.js";

/** One person's reachable commits; who that is: by login, else by e-mail, else by name. */
export interface AuthorStats extends AuthorKey {
  /** As their newest commit has them. */
  readonly name: string;
  readonly email: string;
  readonly login: string | null;
  readonly avatarUrl: string | null;
  readonly firstCommitAt: Date;
}

/** A person's place: who has most commits first, the latest first among equals. */
export interface AuthorKey {
  readonly commitCount: number;
  readonly lastCommitAt: Date;
  readonly personKey: string;
}

/** By committer date, inclusive. */
export interface AuthorRange {
  readonly since: Date | null;
  readonly until: Date | null;
}

export interface AuthorPage {
  /** One more is read, if there are more. */
  readonly count: number;
  readonly from: "start" | "end";
  readonly after: AuthorKey | null;
  readonly before: AuthorKey | null;
}

/**
 * Who has most commits, of each repository or of all together (`[null]`); one more than asked for where
 * there are more, at the page's far end. Without dates from the counters of authors; with dates by
 * counting the index entries of that time (docs/decisions/0013).
 */
export async function listTopAuthors<Of extends Subject>(
  { reader }: { readonly reader: StatementReader },
  subjects: readonly Of[],
  range: AuthorRange,
  page: AuthorPage,
): Promise<Map<Of, AuthorStats[]>> {
  const isForward = page.from === "start";
  const [down, up] = isForward
    ? [Prisma.sql`desc`, Prisma.sql`asc`]
    : [Prisma.sql`asc`, Prisma.sql`desc`];
  const order = Prisma.sql`commit_count ${down}, last_commit_at ${down}, person_key ${up}`;
  const rows = await reader.query<AuthorStats & { subject: Of }>(
    ofEach(
      subjects,
      (isOfSubject, beginsWith) => Prisma.sql`
        with top as materialized (
          select * from (${persons(isOfSubject, beginsWith, range)}) as person
           where ${isBetween(page)}
           order by ${order} limit ${written(limitFor(page.count + 1))}),
        latest as (
          select distinct on (person_key) person_key, name, email, login, avatar_url
            from top join (select * from author where ${isOfSubject}) as own using (person_key)
           order by person_key, own.last_commit_at desc nulls last, author_hash)
        select name, email, login, avatar_url as "avatarUrl", commit_count as "commitCount",
               first_commit_at as "firstCommitAt", last_commit_at as "lastCommitAt",
               person_key as "personKey",
               row_number() over (order by ${order})::int as place
          from top join latest using (person_key)`,
      Prisma.sql`place`,
      reader,
    ),
  );
  return subjectsOf(subjects, rows, (found) => inOrder(found.slice(0, page.count + 1), page));
}

/** How many people there are, of each repository or of all together. */
export async function countAuthors<Of extends Subject>(
  { reader }: { readonly reader: StatementReader },
  subjects: readonly Of[],
  range: AuthorRange,
): Promise<Map<Of, BoundedCount>> {
  const rows = await reader.query<{ subject: Of; count: number }>(
    ofEach(
      subjects,
      (isOfSubject, beginsWith) => Prisma.sql`
        select count(*)::int as count
          from (select distinct person_key from (${counts(isOfSubject, beginsWith, range)}) as counts
                 limit ${written(COUNTED_MAX + 1)}) as person`,
      undefined,
      reader,
    ),
  );
  return subjectsOf(subjects, rows, ([row]) => boundedCount(row?.count ?? 0));
}

function persons(isOfSubject: Prisma.Sql, beginsWith: Prisma.Sql, range: AuthorRange): Prisma.Sql {
  return Prisma.sql`
    select person_key, sum(commit_count)::int as commit_count,
           min(first_commit_at) as first_commit_at, max(last_commit_at) as last_commit_at
      from (${counts(isOfSubject, beginsWith, range)}) as counts group by person_key`;
}

/** By spelling. */
function counts(
  isOfSubject: Prisma.Sql,
  beginsWith: Prisma.Sql,
  { since, until }: AuthorRange,
): Prisma.Sql {
  if (since === null && until === null) {
    return Prisma.sql`select * from author where ${beginsWith} and commit_count > 0`;
  }
  return Prisma.sql`
    select a.person_key, counted.*
      from (select repository_id, author_hash, count(*) as commit_count,
                   min(committed_at) as first_commit_at, max(committed_at) as last_commit_at
              from commit
             where ${beginsWith} and reachable = true
               and committed_at >= coalesce(${since}::timestamptz, '-infinity')
               and committed_at <= coalesce(${until}::timestamptz, 'infinity')
             group by repository_id, author_hash) as counted
      join (select * from author where ${isOfSubject}) as a
     using (repository_id, author_hash)`;
}

function isBetween({ after, before }: AuthorPage): Prisma.Sql {
  const beyond = (sign: Prisma.Sql, other: Prisma.Sql, key: AuthorKey) => Prisma.sql`
    ((commit_count, last_commit_at) ${sign} (${key.commitCount}::int, ${key.lastCommitAt}::timestamptz)
     or (commit_count, last_commit_at) = (${key.commitCount}::int, ${key.lastCommitAt}::timestamptz)
        and person_key ${other} ${key.personKey})`;
  const [less, more] = [Prisma.sql`<`, Prisma.sql`>`];
  const conditions = [
    ...(after === null ? [] : [beyond(less, more, after)]),
    ...(before === null ? [] : [beyond(more, less, before)]),
  ];
  return conditions.length === 0 ? Prisma.sql`true` : Prisma.join(conditions, " and ");
}

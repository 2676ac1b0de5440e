import { spellingKeys } from "../../domain/author-key.js";
import type { Actor, Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { ACTOR_HASH } from "./actor-store.js";

/** What an insert of commits has to return for `countedAuthors`. */
export const AUTHOR_COLUMNS = Prisma.sql`repository_id, author_hash, committed_at, reachable`;

/** Part of the statement that inserts commits, as `inserted`: adds them to these authors' counts. */
export function countedAuthors(authors: readonly Actor[]): Prisma.Sql {
  return Prisma.sql`
    counted as (
      ${insertAuthors(Prisma.sql`inserted`, authors)}
      on conflict (repository_id, author_hash) do update
         set commit_count = known.commit_count + excluded.commit_count,
             first_commit_at = least(known.first_commit_at, excluded.first_commit_at),
             last_commit_at = greatest(known.last_commit_at, excluded.last_commit_at),
             avatar_url = coalesce(excluded.avatar_url, known.avatar_url))`;
}

/** Each once, with their keys, which are made here and not by the database. */
function insertAuthors(commits: Prisma.Sql, authors: readonly Actor[]): Prisma.Sql {
  const keys = authors.map(spellingKeys);
  return Prisma.sql`
    insert into author as known (
      repository_id, author_hash, name, email, login, avatar_url, name_key, email_key, login_key,
      person_key, commit_count, first_commit_at, last_commit_at)
    select repository_id, author_hash, key.name, key.email, key.login, key.avatar_url, key.name_key,
           key.email_key, key.login_key, key.person_key, commit_count, first_commit_at, last_commit_at
      from (select repository_id, author_hash,
                   count(*) filter (where reachable) as commit_count,
                   min(committed_at) filter (where reachable) as first_commit_at,
                   max(committed_at) filter (where reachable) as last_commit_at
              from ${commits} group by repository_id, author_hash) as spelling
      join (select *, ${ACTOR_HASH} as hash from unnest(
              ${authors.map(({ name }) => name)}::text[], ${authors.map(({ email }) => email)}::text[],
              ${authors.map(({ login }) => login)}::text[],
              ${authors.map(({ avatarUrl }) => avatarUrl)}::text[],
              ${keys.map(({ name }) => name)}::text[], ${keys.map(({ email }) => email)}::text[],
              ${keys.map(({ login }) => login)}::text[], ${keys.map(({ person }) => person)}::text[]
            ) as own(name, email, login, avatar_url, name_key, email_key, login_key, person_key)) as key
        on key.hash = author_hash`;
}

/**
 * Counts the authors of these stored commits again, after these have become reachable or unreachable.
 * Reads the index entries of all that they wrote in that repository.
 */
export async function recountAuthors(
  tx: Transaction,
  repositoryId: number,
  oids: readonly Oid[],
): Promise<void> {
  if (oids.length === 0) return;
  await tx.$executeRaw`
    update author a
       set commit_count = counted.commit_count, first_commit_at = counted.first_commit_at,
           last_commit_at = counted.last_commit_at
      from (select touched.author_hash, stored.*
              from (select distinct c.author_hash from unnest(${oids}::text[]) as changed(oid)
                      join commit c on c.repository_id = ${repositoryId}
                       and c.oid = decode(changed.oid, 'hex')) as touched
             cross join lateral (
               select count(*) as commit_count, min(committed_at) as first_commit_at,
                      max(committed_at) as last_commit_at
                 from commit c
                where c.repository_id = ${repositoryId} and c.author_hash = touched.author_hash
                  and c.reachable = true) as stored) as counted
     where a.repository_id = ${repositoryId} and a.author_hash = counted.author_hash`;
}

/** How many reachable commits of a spelling of an author are gone. */
export interface AuthoredCount {
  readonly authorHash: string;
  readonly reachableCount: number;
}

/**
 * Takes deleted commits off their authors' counts, and forgets authors of whom nothing is left. Reads two
 * index entries for each of the authors, however much they wrote.
 */
export async function subtractAuthors(
  tx: Transaction,
  repositoryId: number,
  gone: readonly AuthoredCount[],
): Promise<void> {
  const hashes = gone.map(({ authorHash }) => authorHash);
  const own = Prisma.sql`
    from commit c where c.repository_id = ${repositoryId} and c.author_hash = a.author_hash`;
  await tx.$executeRaw`
    update author a
       set commit_count = a.commit_count - gone.count,
           first_commit_at = (select min(c.committed_at) ${own} and c.reachable = true),
           last_commit_at = (select max(c.committed_at) ${own} and c.reachable = true)
      from unnest(${hashes}::text[]::bigint[], ${gone.map(({ reachableCount }) => reachableCount)}::int[])
             as gone(author_hash, count)
     where a.repository_id = ${repositoryId} and a.author_hash = gone.author_hash`;
  await tx.$executeRaw`
    delete from author a
     where a.repository_id = ${repositoryId} and a.author_hash = any(${hashes}::text[]::bigint[])
       and a.commit_count = 0 and not exists (select ${own} and c.reachable in (true, false))`;
}

/** Forgets all authors of a repository without commits. */
export async function deleteAuthors(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`delete from author where repository_id = ${repositoryId}`;
}

/** Makes a repository's authors those of what is stored. Reads all of its commits. */
export async function rebuildAuthors(tx: Transaction, repositoryId: number): Promise<void> {
  const authors = await tx.$queryRaw<Actor[]>`
    select name, email, login, avatar_url as "avatarUrl" from actor where repository_id = ${repositoryId}`;
  await deleteAuthors(tx, repositoryId);
  const stored = Prisma.sql`(select * from commit where repository_id = ${repositoryId}) as stored`;
  await tx.$executeRaw`${insertAuthors(stored, authors)}`;
}

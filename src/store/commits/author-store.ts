import { spellingKeys } from "../../domain/author-key.js";
import type { Actor } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { ACTOR_HASH } from "./actor-store.js";

/** What an insert of commits has to return for `writtenAuthors`. */
export const AUTHOR_COLUMNS = Prisma.sql`repository_id, author_hash`;

/**
 * Part of the statement that inserts commits, as `inserted`: writes those of their authors whom the
 * repository had no commits of, so that what they wrote is found by them at once. How much that is, is
 * counted behind the feed.
 */
export function writtenAuthors(authors: readonly Actor[]): Prisma.Sql {
  return Prisma.sql`
    written_author as (
      ${insertAuthors(
        Prisma.sql`(
        select distinct own.repository_id, own.author_hash
          from inserted own left join author a using (repository_id, author_hash)
         where a.repository_id is null)`,
        authors,
      )})`;
}

/** An actor by the hash that the commits have. Without one, by the hash that a new commit has. */
interface HashedActor extends Actor {
  readonly hash?: string;
}

/** With their keys, which are made here and not by the database. */
function insertAuthors(wanted: Prisma.Sql, authors: readonly HashedActor[]): Prisma.Sql {
  const keys = authors.map(spellingKeys);
  return Prisma.sql`
    insert into author (repository_id, author_hash, name_key, email_key, login_key, person_key)
    select distinct on (author_hash)
           repository_id, author_hash, name_key, email_key, login_key, person_key
      from ${wanted} as wanted
      join (select *, coalesce(hash::bigint, ${ACTOR_HASH}) as author_hash from unnest(
              ${authors.map(({ hash }) => hash ?? null)}::text[],
              ${authors.map(({ name }) => name)}::text[], ${authors.map(({ email }) => email)}::text[],
              ${authors.map(({ login }) => login)}::text[],
              ${keys.map(({ name }) => name)}::text[], ${keys.map(({ email }) => email)}::text[],
              ${keys.map(({ login }) => login)}::text[], ${keys.map(({ person }) => person)}::text[]
            ) with ordinality
              as own(hash, name, email, login, name_key, email_key, login_key, person_key, place)) as key
     using (author_hash)
     order by author_hash, place`;
}

/** Forgets those of these authors of whom no commit is stored any more. */
export async function deleteAuthorsWithoutCommits(
  tx: Transaction,
  repositoryId: number,
  authorHashes: readonly string[],
): Promise<void> {
  await tx.$executeRaw`
    delete from author a
     where a.repository_id = ${repositoryId} and a.author_hash = any(${authorHashes}::text[]::bigint[])
       and not exists (
         select from commit c where c.repository_id = ${repositoryId}
            and c.author_hash = a.author_hash and c.reachable in (true, false))`;
}

/** Forgets all authors of a repository. */
export async function deleteAuthors(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`delete from author where repository_id = ${repositoryId}`;
}

/** Makes a repository's authors those of what is stored, with nothing counted. Reads all of its commits. */
export async function rewriteAuthors(tx: Transaction, repositoryId: number): Promise<void> {
  const authors = await tx.$queryRaw<HashedActor[]>`
    select hash::text, name, email, login, avatar_url as "avatarUrl" from actor where repository_id = ${repositoryId}`;
  await deleteAuthors(tx, repositoryId);
  await tx.$executeRaw`${insertAuthors(
    Prisma.sql`(
      select distinct repository_id, author_hash from commit where repository_id = ${repositoryId})`,
    authors,
  )}`;
}

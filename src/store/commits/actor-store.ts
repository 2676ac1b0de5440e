import type { Actor, Commit } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";

/**
 * By what a commit names an actor of its repository, of rows with a name, an e-mail and a login. Lengths say
 * where each ends; what begins with a digit would be read as one, and is told from it by a colon.
 */
export const ACTOR_HASH = Prisma.sql`hashtextextended(
  length(name)::text || case when name ~ '^[0-9:]' then ':' else '' end || name ||
  length(email)::text || case when email ~ '^[0-9:]' then ':' else '' end || email ||
  coalesce('@' || login, ''), 0)`;

/** Everybody whom a page's commits name, each once, and where in that list a commit's are. */
export interface Cast {
  readonly actors: readonly Actor[];
  readonly authors: readonly number[];
  readonly committers: readonly number[];
}

export function castOf(commits: readonly Commit[]): Cast {
  const places = new Map<string, number>();
  const actors: Actor[] = [];
  const placeOf = (actor: Actor) => {
    const key = JSON.stringify([actor.name, actor.email, actor.login]);
    const place = places.get(key) ?? actors.push(actor);
    places.set(key, place);
    return place;
  };
  const authors = commits.map(({ author }) => placeOf(author));
  const committers = commits.map(({ committer }) => placeOf(committer));
  return { actors, authors, committers };
}

/**
 * Parts of the statement that inserts commits: `cast_member`, rows of `place` and `hash`, and what writes
 * those that are new of a repository, or have another avatar now. The row lock makes them one after another.
 * Two of one hash are one actor, as the first.
 */
export function writtenCast(repositoryId: number, { actors }: Cast): Prisma.Sql {
  return Prisma.sql`
    cast_member as materialized (
      select place, ${ACTOR_HASH} as hash, name, email, login, avatar_url
        from unnest(${actors.map(({ name }) => name)}::text[],
                    ${actors.map(({ email }) => email)}::text[],
                    ${actors.map(({ login }) => login)}::text[],
                    ${actors.map(({ avatarUrl }) => avatarUrl)}::text[])
               with ordinality as own(name, email, login, avatar_url, place)),
    written_actor as (
      insert into actor (repository_id, hash, name, email, login, avatar_url)
      select distinct on (m.hash) ${repositoryId}, m.hash, m.name, m.email, m.login, m.avatar_url
        from cast_member m left join lateral ( -- one by one: a join could read all of a repository
          select * from actor a where a.repository_id = ${repositoryId} and a.hash = m.hash limit 1
        ) as a on true
       where a.hash is null or a.avatar_url is distinct from coalesce(m.avatar_url, a.avatar_url)
       order by m.hash, m.place
      on conflict (repository_id, hash) do update set avatar_url = excluded.avatar_url)`;
}

/** Forgets everybody of a repository without commits. */
export async function deleteActors(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`delete from actor where repository_id = ${repositoryId}`;
}

import { repositoryWord } from "./commit-store.js";
import { Prisma } from "./prisma-client/client.js";

/** Which commits; everything given must hold. */
export interface CommitFilter {
  readonly repositoryId: number | null;
  /** Null: reachable and orphaned ones. */
  readonly reachable: boolean | null;
  /** Login, e-mail or name of the author, in any letter case. */
  readonly author?: string | undefined;
  /** By committer date, inclusive. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** All of them stand in the message; as `wordsOf` gives them. */
  readonly words?: readonly string[] | undefined;
}

/** The values that `reachable` may have: a column of most indexes, asked for one value after the other. */
export function reachabilities({ reachable }: CommitFilter): readonly boolean[] {
  return reachable === null ? [true, false] : [reachable];
}

/** The rows of `author` for what a client calls an author. */
export function authorsOf({ repositoryId, author }: CommitFilter): Prisma.Sql {
  const name = (author ?? "").replaceAll("\0", "\uFFFD"); // PostgreSQL refuses it in a parameter
  return Prisma.sql`
    select repository_id, author_hash from author
     where (login_key = lower(${name}) or email_key = lower(${name}) or name_key = lower(${name}))
       and (${repositoryId}::int is null or repository_id = ${repositoryId}::int)`;
}

/** Whether a row `c` has the words, found through their index. */
export function hasWords({ repositoryId, words = [] }: CommitFilter): Prisma.Sql {
  const all = repositoryId === null ? words : [...words, repositoryWord(repositoryId)];
  return Prisma.sql`c.words @> ${hashesOf(all)}`;
}

/** The same of rows that are read in some order anyway: `is true` is what no index can answer. */
export function showsWords({ words }: CommitFilter): Prisma.Sql {
  if (words === undefined) return Prisma.sql`true`;
  return Prisma.sql`(c.words @> ${hashesOf(words)}) is true`;
}

function hashesOf(words: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    array(select hashtextextended(word, 0) from unnest(${words}::text[]) as word)`;
}

/** Whether a row `c` matches, but for its words. */
export function matches(filter: CommitFilter): Prisma.Sql {
  const { repositoryId, author, since, until } = filter;
  return Prisma.join(
    [
      Prisma.sql`c.reachable = any(${reachabilities(filter)}::boolean[])`,
      ...(repositoryId === null ? [] : [Prisma.sql`c.repository_id = ${repositoryId}`]),
      ...(since === undefined ? [] : [Prisma.sql`c.committed_at >= ${since}::timestamptz`]),
      ...(until === undefined ? [] : [Prisma.sql`c.committed_at <= ${until}::timestamptz`]),
      ...(author === undefined
        ? []
        : [
            Prisma.sql`c.author_hash in (select author_hash from (${authorsOf(filter)}) as wanted)`,
          ]),
    ],
    " and ",
  );
}

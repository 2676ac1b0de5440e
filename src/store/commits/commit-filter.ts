import { authorKey } from "../../domain/author-key.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import type { ValueOf } from "../../postgres/statement.js";
import { REPOSITORY_WORD, repositoryWord } from "./commit-store.js";

/** Which commits; everything given must hold. */
export interface CommitFilter {
  readonly repositoryId: number | null;
  /** Null: reachable and orphaned ones. */
  readonly reachable: boolean | null;
  /** Login, e-mail or name of the author, compared by `authorKey`. */
  readonly author?: string | undefined;
  /** By committer date, inclusive. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** All of them stand in the message; as `wordsOf` gives them. */
  readonly words?: readonly string[] | undefined;
  /** What is read shows some repositories alone (`Reader.isLimited`). */
  readonly isLimited?: boolean | undefined;
}

/** The same for a reader: whoever asks does not know what it shows. */
export function asReadBy(
  { isLimited = false }: Pick<StatementReader, "isLimited">,
  filter: CommitFilter,
): CommitFilter {
  return isLimited && filter.repositoryId === null ? { ...filter, isLimited } : filter;
}

/** The repositories to begin with, as rows of `repository_id`; null: with what is in everybody's order. */
export function repositoriesOf({ isLimited }: CommitFilter): Prisma.Sql | null {
  if (isLimited !== true) return null;
  return Prisma.sql`(
    select id as repository_id from repository where commit_count + orphaned_count > 0)`;
}

/** What the text of a statement for a filter depends on: which of it is given, not the values. */
export function filterShape({ reachable, repositoryId, ...rest }: CommitFilter): string {
  const { author, since, until, words, isLimited } = rest;
  const given = [author, since, until, words, isLimited].map((part) => part !== undefined);
  return [reachable, repositoryId !== null, ...given].join();
}

type OfFilter = ValueOf<{ readonly filter: CommitFilter }>;
export const REPOSITORY_ID: OfFilter = ({ filter }) => filter.repositoryId;
export const SINCE: OfFilter = ({ filter }) => filter.since;
export const UNTIL: OfFilter = ({ filter }) => filter.until;
const AUTHOR: OfFilter = ({ filter: { author } }) =>
  author === undefined ? undefined : authorKey(author);
const WORDS: OfFilter = ({ filter }) => filter.words;
const WORDS_AND_REPOSITORY: OfFilter = ({ filter: { words = [], repositoryId } }) =>
  repositoryId === null ? words : [...words, repositoryWord(repositoryId)];

/** The values that `reachable` may have: a column of most indexes, asked for one value after the other. */
export function reachabilities({ reachable }: CommitFilter): readonly boolean[] {
  return reachable === null ? [true, false] : [reachable];
}

/** Written out, not as a parameter: how many rows it is depends on nothing so much. */
export function literal(value: boolean): Prisma.Sql {
  return value ? Prisma.sql`true` : Prisma.sql`false`;
}

/**
 * The rows of `author` for what a client calls an author. All that a repository has of them is what no
 * index should answer: there may be thousands, and of one name there are few.
 */
export function authorsOf({ repositoryId }: CommitFilter): Prisma.Sql {
  const isOfRepository =
    repositoryId === null
      ? Prisma.sql`true`
      : Prisma.sql`(repository_id = ${REPOSITORY_ID}::int) is true`;
  return Prisma.sql`
    select repository_id, author_hash from author
     where (login_key = ${AUTHOR} or email_key = ${AUTHOR} or name_key = ${AUTHOR})
       and ${isOfRepository}`;
}

/** Whether a row `c` has the words, found through their index; where it matters with its repository's. */
export function hasWords({ isLimited }: CommitFilter): Prisma.Sql {
  const has = Prisma.sql`c.words @> ${hashesOf(WORDS_AND_REPOSITORY)}`;
  if (isLimited !== true) return has;
  return Prisma.sql`${has} and c.words && array(
    select hashtextextended(${REPOSITORY_WORD}::text || id, 0) from repository)`;
}

/** The same of rows that are read in some order anyway: `is true` is what no index can answer. */
export function showsWords({ words }: CommitFilter): Prisma.Sql {
  return words === undefined
    ? Prisma.sql`true`
    : Prisma.sql`(c.words @> ${hashesOf(WORDS)}) is true`;
}

function hashesOf(words: OfFilter): Prisma.Sql {
  return Prisma.sql`
    array(select hashtextextended(word, 0) from unnest(${words}::text[]) as word)`;
}

/** Whether a row `c` matches, but for its words. */
export function matches(filter: CommitFilter): Prisma.Sql {
  const { reachable, repositoryId, author, since, until } = filter;
  const conditions: [isGiven: boolean, condition: Prisma.Sql][] = [
    [reachable !== null, Prisma.sql`c.reachable = ${literal(reachable === true)}`],
    [repositoryId !== null, Prisma.sql`c.repository_id = ${REPOSITORY_ID}::int`],
    [since !== undefined, Prisma.sql`c.committed_at >= ${SINCE}::timestamptz`],
    [until !== undefined, Prisma.sql`c.committed_at <= ${UNTIL}::timestamptz`],
    [
      author !== undefined,
      Prisma.sql`c.author_hash in (select author_hash from (${authorsOf(filter)}) as wanted)`,
    ],
  ];
  const given = conditions.flatMap(([isGiven, condition]) => (isGiven ? [condition] : []));
  return Prisma.join([Prisma.sql`true`, ...given], " and ");
}

import { authorKey } from "../../domain/author-key.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import type { ValueOf } from "../../postgres/statement.js";
import { repositoryWord, wordHash } from "../words/word-hash.js";
import { standIn } from "../words/word-matches.js";

/** Where a commit stands. */
export interface CommitPlace {
  readonly eventId: bigint;
  readonly position: number;
}

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
  /** Of the commits whose words are not filled yet, those that have them (`unfilled-words.ts`). */
  readonly unfilled?: readonly CommitPlace[] | undefined;
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
  const { author, since, until, words, unfilled, isLimited } = rest;
  const parts = [author, since, until, words, unfilled, isLimited];
  const given = parts.map((part) => part !== undefined);
  return [reachable, repositoryId !== null, words?.length === 1, ...given].join();
}

type OfFilter = ValueOf<{ readonly filter: CommitFilter }>;
export const REPOSITORY_ID: OfFilter = ({ filter }) => filter.repositoryId;
export const SINCE: OfFilter = ({ filter }) => filter.since;
export const UNTIL: OfFilter = ({ filter }) => filter.until;
const AUTHOR: OfFilter = ({ filter: { author } }) =>
  author === undefined ? undefined : authorKey(author);
export const WORDS: OfFilter = ({ filter }) => filter.words;
const HASHES: OfFilter = ({ filter: { words = [] } }) => words.map(wordHash);
const HASHES_AND_REPOSITORY: OfFilter = ({ filter: { words = [], repositoryId } }) => [
  ...words.map(wordHash),
  ...(repositoryId === null ? [] : [repositoryWord(repositoryId)]),
];
const UNFILLED_EVENTS: OfFilter = ({ filter }) => filter.unfilled?.map(({ eventId }) => eventId);
const UNFILLED_POSITIONS: OfFilter = ({ filter }) =>
  filter.unfilled?.map(({ position }) => position);

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

/** What is sought in the index of words. */
export const SOUGHT_WORDS = Prisma.sql`${HASHES_AND_REPOSITORY}::bigint[]`;

/** As rows of `event_id` and `position`. */
export const UNFILLED = Prisma.sql`
  unnest(${UNFILLED_EVENTS}::bigint[], ${UNFILLED_POSITIONS}::int[]) as own(event_id, position)`;

/** Whether a row `c` that is read in some order anyway has the words: no index can answer it. */
export function showsWords({ words, unfilled }: CommitFilter): Prisma.Sql {
  if (words === undefined) return Prisma.sql`true`;
  const isFilled = standIn(Prisma.sql`${HASHES}::bigint[]`);
  if (unfilled === undefined) return isFilled;
  return Prisma.sql`
    (${isFilled} or (c.event_id, c.position) in (select event_id, position from ${UNFILLED}))`;
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

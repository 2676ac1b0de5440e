import type { Oid, StoredCommit } from "../domain/commit.js";
import type { Database } from "./database.js";
import { databaseError } from "./database-error.js";
import { Prisma, type PrismaClient } from "./prisma-client/client.js";
import { type CommitRow, toStoredCommit } from "./rows.js";

export interface CommitFilter {
  /** Null: reachable and orphaned ones. */
  readonly reachable: boolean | null;
  /** Login or e-mail of the author, in any letter case. */
  readonly author?: string | undefined;
  /** By committer date, inclusive. */
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/** A commit's place in the order of committer dates. */
export interface CommitKey {
  readonly committedAt: Date;
  readonly repositoryId: number;
  readonly oid: Oid;
}

export interface CommitList {
  readonly repositoryId: number | null;
  readonly first: number;
  readonly after: CommitKey | null;
  readonly filter: CommitFilter;
  readonly direction: "ASC" | "DESC";
}

/**
 * By committer date, then repository and oid; after the key; one more than `first` where there are
 * more. Reads an index from the key on, however deep the page.
 */
export async function listCommits(
  { reader }: Database,
  { repositoryId, first, after, filter, direction }: CommitList,
): Promise<StoredCommit[]> {
  const way = direction === "ASC" ? Prisma.sql`asc` : Prisma.sql`desc`;
  const order =
    repositoryId === null
      ? Prisma.sql`c.committed_at ${way}, c.repository_id ${way}, c.oid ${way}`
      : Prisma.sql`c.committed_at ${way}, c.oid ${way}`;
  const conditions = [
    ...conditionsOf(repositoryId, filter),
    ...(after === null ? [] : [beyond(after, repositoryId, direction)]),
  ];
  const rows = await read(reader.$queryRaw<CommitRow[]>`
    select c.*, e.sequence, e.ingested_at
      from commit c join feed_event e on e.id = c.event_id
     where ${conditions.length === 0 ? Prisma.sql`true` : Prisma.join(conditions, " and ")}
     order by ${order} limit ${first + 1}`);
  return rows.map(toStoredCommit);
}

/** Reads all that match, except for the reachable ones of everybody: each repository has its count. */
export async function countCommits(
  { reader }: Database,
  repositoryId: number | null,
  filter: CommitFilter,
): Promise<number> {
  const { reachable, author, since, until } = filter;
  const isNarrowed = author !== undefined || since !== undefined || until !== undefined;
  if (repositoryId === null && reachable === true && !isNarrowed) {
    const { _sum } = await read(reader.repository.aggregate({ _sum: { commitCount: true } }));
    return _sum.commitCount ?? 0;
  }
  const conditions = conditionsOf(repositoryId, filter);
  const [row] = await read(reader.$queryRaw<{ count: bigint }[]>`
    select count(*) as count from commit c
     where ${conditions.length === 0 ? Prisma.sql`true` : Prisma.join(conditions, " and ")}`);
  return Number(row?.count ?? 0n);
}

/** Null when the repository has no such commit stored; one announced a moment ago is found. */
export async function findCommit(
  { reader, primary }: Database,
  repositoryId: number,
  oid: Oid,
): Promise<StoredCommit | null> {
  const findIn = (client: PrismaClient) =>
    read(client.$queryRaw<CommitRow[]>`
      select c.*, e.sequence, e.ingested_at
        from commit c join feed_event e on e.id = c.event_id
       where c.repository_id = ${repositoryId} and c.oid = decode(${oid}, 'hex')`);
  const [row] = await findIn(reader);
  const found = row === undefined && reader !== primary ? (await findIn(primary))[0] : row;
  return found === undefined ? null : toStoredCommit(found);
}

function conditionsOf(repositoryId: number | null, filter: CommitFilter): Prisma.Sql[] {
  const { reachable, author, since, until } = filter;
  return [
    ...(repositoryId === null ? [] : [Prisma.sql`c.repository_id = ${repositoryId}`]),
    ...(reachable === null ? [] : [Prisma.sql`c.reachable = ${reachable}`]),
    ...(since === undefined ? [] : [Prisma.sql`c.committed_at >= ${since}`]),
    ...(until === undefined ? [] : [Prisma.sql`c.committed_at <= ${until}`]),
    ...(author === undefined
      ? []
      : [
          Prisma.sql`lower(${author.replaceAll("\0", "\uFFFD")}) in (lower(c.author_login), lower(c.author_email))`,
        ]),
  ];
}

function beyond(
  key: CommitKey,
  repositoryId: number | null,
  direction: "ASC" | "DESC",
): Prisma.Sql {
  const sign = direction === "ASC" ? Prisma.sql`>` : Prisma.sql`<`;
  const { committedAt, oid } = key;
  return repositoryId === null
    ? Prisma.sql`(c.committed_at, c.repository_id, c.oid) ${sign} (${committedAt}::timestamptz, ${key.repositoryId}::int, decode(${oid}, 'hex'))`
    : Prisma.sql`(c.committed_at, c.oid) ${sign} (${committedAt}::timestamptz, decode(${oid}, 'hex'))`;
}

async function read<T>(query: Promise<T>): Promise<T> {
  return await query.catch((error: unknown) => {
    throw databaseError(error);
  });
}

import type { StoredCommit } from "../domain/commit.js";
import type { Repository } from "../domain/repository.js";
import { Prisma, type Repository as RepositoryRow } from "./prisma-client/client.js";

/** A moment as JSON has it: milliseconds since 1970. */
const ms = (column: Prisma.Sql) => Prisma.sql`(extract(epoch from ${column}) * 1000)::bigint`;

/**
 * A commit, of `commit c` and its `feed_event e`, as one JSON value: to read twenty columns of a row
 * one by one takes the client several times as long.
 */
export const COMMIT_JSON = Prisma.sql`json_build_array(
  c.repository_id, encode(c.oid, 'hex'), array(select encode(p, 'hex') from unnest(c.parents) p),
  c.message, c.author_name, c.author_email, c.author_login, c.author_avatar_url,
  ${ms(Prisma.sql`c.authored_at`)}, c.committer_name, c.committer_email, c.committer_login,
  c.committer_avatar_url, ${ms(Prisma.sql`c.committed_at`)}, c.reachable,
  ${ms(Prisma.sql`c.orphaned_at`)}, e.sequence::text, c.position, ${ms(Prisma.sql`e.ingested_at`)})`;

/** As `COMMIT_JSON` gives it. */
export type CommitJson = readonly [
  repositoryId: number,
  oid: string,
  parents: string[],
  message: string,
  authorName: string,
  authorEmail: string,
  authorLogin: string | null,
  authorAvatarUrl: string | null,
  authoredAt: number,
  committerName: string,
  committerEmail: string,
  committerLogin: string | null,
  committerAvatarUrl: string | null,
  committedAt: number,
  reachable: boolean,
  orphanedAt: number | null,
  sequence: string,
  position: number,
  ingestedAt: number,
];

export function toStoredCommit(commit: CommitJson): StoredCommit {
  const [repositoryId, oid, parents, message, ...actors] = commit;
  const [name, email, login, avatarUrl, authoredAt, ...committed] = actors;
  const [committerName, committerEmail, committerLogin, committerAvatarUrl, ...rest] = committed;
  const [committedAt, reachable, orphanedAt, sequence, position, ingestedAt] = rest;
  return {
    ...{ repositoryId, oid, parents, message, reachable, position },
    author: { name, email, login, avatarUrl },
    authoredAt: new Date(authoredAt),
    committer: {
      name: committerName,
      email: committerEmail,
      login: committerLogin,
      avatarUrl: committerAvatarUrl,
    },
    committedAt: new Date(committedAt),
    orphanedAt: orphanedAt === null ? null : new Date(orphanedAt),
    sequence: BigInt(sequence),
    firstSeenAt: new Date(ingestedAt),
  };
}

export function toOid(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

export function toRepository(row: RepositoryRow): Repository {
  return { ...row, headOid: row.headOid === null ? null : toOid(row.headOid) };
}

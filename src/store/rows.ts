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

/** By place, not by taking the list apart: that makes lists of its own, for each commit of each page. */
export function toStoredCommit(commit: CommitJson): StoredCommit {
  const orphanedAt = commit[15];
  return {
    repositoryId: commit[0],
    oid: commit[1],
    parents: commit[2],
    message: commit[3],
    author: { name: commit[4], email: commit[5], login: commit[6], avatarUrl: commit[7] },
    authoredAt: new Date(commit[8]),
    committer: { name: commit[9], email: commit[10], login: commit[11], avatarUrl: commit[12] },
    committedAt: new Date(commit[13]),
    reachable: commit[14],
    orphanedAt: orphanedAt === null ? null : new Date(orphanedAt),
    sequence: BigInt(commit[16]),
    position: commit[17],
    firstSeenAt: new Date(commit[18]),
  };
}

export function toOid(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

export function toRepository(row: RepositoryRow): Repository {
  return { ...row, headOid: row.headOid === null ? null : toOid(row.headOid) };
}

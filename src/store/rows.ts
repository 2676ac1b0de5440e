import type { StoredCommit } from "../domain/commit.js";
import type { Repository } from "../domain/repository.js";
import { Prisma, type Repository as RepositoryRow } from "./prisma-client/client.js";

/** What a `CommitRow` needs, from `commit c` and its `feed_event e`. */
export const COMMIT_COLUMNS = Prisma.sql`
  c.event_id, c.position, c.repository_id, c.oid, c.parents, c.message, c.author_name, c.author_email,
  c.author_login, c.author_avatar_url, c.authored_at, c.committer_name, c.committer_email,
  c.committer_login, c.committer_avatar_url, c.committed_at, c.reachable, c.orphaned_at, e.sequence,
  e.ingested_at`;

/** A row of `commit` joined to its event, as `$queryRaw` gives it. */
export interface CommitRow {
  event_id: bigint;
  position: number;
  repository_id: number;
  oid: Uint8Array;
  parents: Uint8Array[];
  message: string;
  author_name: string;
  author_email: string;
  author_login: string | null;
  author_avatar_url: string | null;
  authored_at: Date;
  committer_name: string;
  committer_email: string;
  committer_login: string | null;
  committer_avatar_url: string | null;
  committed_at: Date;
  reachable: boolean;
  orphaned_at: Date | null;
  sequence: bigint;
  ingested_at: Date;
}

export function toStoredCommit(row: CommitRow): StoredCommit {
  return {
    repositoryId: row.repository_id,
    oid: toOid(row.oid),
    parents: row.parents.map(toOid),
    message: row.message,
    author: {
      name: row.author_name,
      email: row.author_email,
      login: row.author_login,
      avatarUrl: row.author_avatar_url,
    },
    authoredAt: row.authored_at,
    committer: {
      name: row.committer_name,
      email: row.committer_email,
      login: row.committer_login,
      avatarUrl: row.committer_avatar_url,
    },
    committedAt: row.committed_at,
    reachable: row.reachable,
    orphanedAt: row.orphaned_at,
    sequence: row.sequence,
    position: row.position,
    firstSeenAt: row.ingested_at,
  };
}

export function toOid(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

export function toRepository(row: RepositoryRow): Repository {
  return { ...row, headOid: row.headOid === null ? null : toOid(row.headOid) };
}

import type { StoredCommit } from "../domain/commit.js";
import { decodeCursor, encodeCursor } from "../domain/cursor.js";
import type { Repository } from "../domain/repository.js";
import {
  type CommitFilter as CommitCondition,
  type CommitKey,
  countCommits,
  listCommits,
} from "../store/commit-reader.js";
import type { Database } from "../store/database.js";
import { foreignCursor, requireDate, requireIdOfCursor } from "./arguments.js";
import type { CommitFilter, CommitOrder } from "./commit.type.js";
import { type Connection, pageSize, toConnection } from "./connection.type.js";

export interface CommitArguments {
  readonly first: number;
  readonly after: string | null | undefined;
  readonly filter: CommitFilter | null | undefined;
  readonly orderBy: CommitOrder | null | undefined;
}

const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A page of one repository's commits, or of everybody's. */
export async function listCommitPage(
  database: Database,
  repository: Repository | null,
  { first, after, filter, orderBy }: CommitArguments,
): Promise<Connection<StoredCommit>> {
  const size = pageSize(first);
  const condition: CommitCondition = {
    reachable: filter?.reachable === undefined ? true : filter.reachable,
    author: filter?.author ?? undefined,
    since: filter?.since == null ? undefined : requireDate(filter.since, "since"),
    until: filter?.until == null ? undefined : requireDate(filter.until, "until"),
  };
  const repositoryId = repository?.id ?? null;
  const rows = await listCommits(database, {
    repositoryId,
    first: size,
    after: after == null ? null : decodeKey(after),
    filter: condition,
    direction: orderBy?.direction ?? "DESC",
  });
  const isWhole = Object.values({ ...condition, reachable: undefined }).every(
    (one) => one === undefined,
  );
  const totalCount = async () =>
    repository !== null && isWhole && condition.reachable === true
      ? repository.commitCount
      : await countCommits(database, repositoryId, condition);
  return toConnection(rows, size, after != null, encodeKey, totalCount);
}

function encodeKey({ committedAt, repositoryId, oid }: StoredCommit): string {
  return encodeCursor([committedAt.getTime(), repositoryId, oid]);
}

function decodeKey(after: string): CommitKey {
  const [at, repositoryId, oid] = decodeCursor(after, 3);
  const committedAt = new Date(Number(at));
  const year = committedAt.getUTCFullYear();
  if (!(year >= 1 && year <= 9_999) || typeof oid !== "string" || !OID.test(oid)) {
    throw foreignCursor();
  }
  return { committedAt, repositoryId: requireIdOfCursor(repositoryId), oid };
}

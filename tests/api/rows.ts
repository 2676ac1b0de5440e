import type { Commit } from "../../src/domain/commit.js";
import type { IngestKind } from "../../src/domain/feed-event.js";
import { announce } from "../../src/ingest/announce.js";
import type { Database, Transaction } from "../../src/postgres/database.js";
import { insertCommits } from "../../src/store/commits/commit-store.js";
import { insertRepositories } from "../../src/store/repositories/added-repositories.js";
import { countFlipped } from "../../src/store/statistics/statistics-store.js";
import { setWork } from "../support/work.js";

const START = Date.UTC(2024, 0, 1);

/** A tracked repository, due in an hour. */
export async function storeRepository(
  database: Database,
  owner: string,
  name: string,
): Promise<number> {
  const [row] = await database.transaction((tx) =>
    insertRepositories(tx, [{ owner, name }], { trackFrom: null }),
  );
  if (!row?.created) throw new Error(`${owner}/${name} is taken`);
  const inAnHour = new Date(Date.now() + 3_600_000);
  await setWork(database, "check", row.repository.id, {
    dueAt: inAnHour,
    claimedUntil: null,
  });
  return row.repository.id;
}

/** A line of history, newest first: a commit a minute, the last `sameDate` of them in one second. */
export function line(seed: number, length: number, { sameDate = 0 } = {}): Commit[] {
  const oid = (index: number) =>
    `${seed.toString(16).padStart(8, "0")}${(index * 2_654_435_761).toString(16).padStart(32, "0")}`;
  return Array.from({ length }, (_, place) => {
    const index = length - 1 - place;
    const minute = Math.min(index, length - sameDate);
    const date = new Date(START + minute * 60_000);
    const author = {
      name: `Author ${index % 3}`,
      email: `Author${index % 3}@example.org`,
      login: index % 3 === 0 ? null : `Login-${index % 3}`,
      avatarUrl: null,
    };
    return {
      oid: oid(index),
      parents: index === 0 ? [] : [oid(index - 1)],
      message: `change ${index}\n\nbody of ${index}`,
      author,
      authoredAt: date,
      committer: author,
      committedAt: date,
    };
  });
}

interface EventOptions {
  readonly kind?: IngestKind;
  readonly headOid?: string | null;
  readonly orphanedOids?: readonly string[];
  readonly restoredOids?: readonly string[];
}

/** Stores commits as one event; returns its sequence. */
export async function storeEvent(
  { transaction }: Database,
  repositoryId: number,
  commits: readonly Commit[],
  options: EventOptions = {},
): Promise<bigint> {
  // As patient as a page's own.
  const patient = { lockTimeoutMs: 10_000 };
  return await transaction((tx) => writeEvent(tx, repositoryId, commits, options), patient);
}

/** The same as part of a transaction. */
export async function writeEvent(
  tx: Transaction,
  repositoryId: number,
  commits: readonly Commit[],
  {
    kind = "LIVE",
    headOid = commits[0]?.oid ?? null,
    orphanedOids = [],
    restoredOids = [],
  }: EventOptions = {},
): Promise<bigint> {
  // As a page does: pages of one repository are written one after another.
  await tx.$queryRaw`select from repository where id = ${repositoryId} for update`;
  const slices = commits.length === 0 ? [] : [commits];
  const { insertedCount: count, eventIds } = await insertCommits(tx, repositoryId, slices);
  await tx.$executeRaw`
    update repository set commit_count = commit_count + ${count - orphanedOids.length},
           orphaned_count = orphaned_count + ${orphanedOids.length}, state = 'ACTIVE', head_oid = decode(${headOid}, 'hex') where id = ${repositoryId}`;
  await tx.$executeRaw`
    update commit set reachable = false, orphaned_at = now()
     where repository_id = ${repositoryId} and encode(oid, 'hex') = any(${orphanedOids}::text[])`;
  await countFlipped(tx, repositoryId, orphanedOids, { isReachable: false });
  const sequence = await announce(tx, {
    ...{ kind, repositoryId, headOid, isNews: true },
    stored: eventIds.map((id) => ({ id, authors: commits.map(({ author }) => author) })),
    orphaned: orphanedOids,
    restored: restoredOids,
  });
  if (sequence === null) throw new Error("nothing was announced");
  return sequence;
}

import type { StoredCommit } from "../../../domain/commit.js";
import { commitId } from "../../../domain/commit.js";
import { globalId } from "../../../domain/global-id.js";
import type { Repository } from "../../../domain/repository.js";
import type { Database } from "../../../postgres/database.js";
import { findStoredCommits } from "../../../store/commits/commit-reader.js";
import { parseRowId } from "../../../store/list.js";
import { findFailed } from "../../../store/repositories/failure-reader.js";
import {
  findRepositoriesByIds,
  parseRepositoryId,
} from "../../../store/repositories/repository-reader.js";
import { parseCommitId } from "../commits/commit-id.js";
import { type ShownFailedTask, showFailedTask } from "../failures/failed-task.js";

export type FoundNode = Repository | StoredCommit | ShownFailedTask;

/** What has these ids, in their order; null where nothing has. A query a type, however many there are. */
export async function findNodes(
  database: Database,
  ids: readonly string[],
): Promise<(FoundNode | null)[]> {
  const wanted = ids.map(toWanted);
  const [repositories, commits, failedTasks] = await Promise.all([
    findTracked(
      database,
      wanted.flatMap(({ repositoryId }) => repositoryId ?? []),
    ),
    ask(
      wanted.flatMap(({ commit }) => commit ?? []),
      (some) => findStoredCommits(database, some),
    ),
    ask(
      wanted.flatMap(({ failedId }) => failedId ?? []),
      (some) => findFailed(database, some),
    ),
  ]);
  const found = new Map<string, FoundNode>([
    ...repositories.map((one) => [globalId("Repository", one.id), one] as const),
    ...commits.map((one) => [one.id, one] as const),
    ...failedTasks.map(showFailedTask).map((one) => [one.id, one] as const),
  ]);
  return wanted.map(({ key }) => found.get(key) ?? null);
}

interface Wanted {
  /** Its id as it is given out. */
  readonly key: string;
  readonly repositoryId?: number;
  readonly commit?: NonNullable<ReturnType<typeof parseCommitId>>;
  readonly failedId?: number;
}

function toWanted(id: string): Wanted {
  const repositoryId = parseRepositoryId(id);
  if (repositoryId !== null) return { key: globalId("Repository", repositoryId), repositoryId };
  const commit = parseCommitId(id);
  if (commit !== null) return { key: commitId(commit.repositoryId, commit.oid), commit };
  const failedId = FAILED_ID.test(id) ? parseRowId(id.slice(id.indexOf(":") + 1)) : null;
  return failedId === null ? { key: id } : { key: id, failedId };
}

const FAILED_ID = /^FailedTask:/;

async function findTracked(database: Database, ids: readonly number[]): Promise<Repository[]> {
  const rows = await ask(ids, (some) => findRepositoriesByIds(database, some));
  return rows.filter(({ state }) => state !== "REMOVED");
}

/** Nothing of nothing. */
async function ask<Key, Row>(
  keys: readonly Key[],
  find: (keys: readonly Key[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  return keys.length === 0 ? [] : await find(keys);
}

import type { Logger } from "pino";
import type { Repository } from "../domain/repository.js";
import { nameKey, parseRepositoryUrl, type RepositoryName } from "../domain/repository-name.js";
import type { TaskQueue } from "../queue/queue.js";
import type { Database } from "../store/database.js";
import { findRepositoriesByIds } from "../store/repository-reader.js";
import { findIdByName, insertRepository } from "../store/repository-store.js";

export interface AddRepositoryDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  /** Host of the accepted addresses: github.com, or a GitHub Enterprise Server. */
  readonly gitHubHost: string;
  readonly logger: Logger;
}

export interface AddRepositoryRequest {
  readonly url: string;
  readonly trackFrom: Date | null;
}

export interface AddedRepository {
  /** As it was before any worker could have heard of it. */
  readonly repository: Repository;
  /** False when it was tracked already, under this name, a former one or another letter case. */
  readonly created: boolean;
}

/** The published task is quicker; this is when the scheduler finds the row should the task be lost. */
const FIRST_CHECK_LEASE_MS = 15_000;

/**
 * Tracks a repository: the row first, then the task. Answers at once; whether GitHub has the
 * repository is found out by the worker. `BAD_USER_INPUT` when `url` names none; nothing is stored then.
 */
export async function addRepository(
  { database, queue, gitHubHost, logger }: AddRepositoryDependencies,
  { url, trackFrom }: AddRepositoryRequest,
): Promise<AddedRepository> {
  const name = parseRepositoryUrl(url, gitHubHost);
  const { repositoryId, created } = await findOrInsert(database, name, trackFrom);
  const [repository] = await findRepositoriesByIds(database, [repositoryId]);
  if (repository === undefined) throw new Error(`repository ${repositoryId} was removed meanwhile`);
  const isFormer = nameKey(repository) !== nameKey(name);
  if (created || isFormer) {
    const task = { repositoryIds: [repositoryId], ...(isFormer && { formerName: name }) };
    await queue.publish("check", task).catch((err: unknown) => {
      logger.warn({ err, repositoryId }, "first check not published, the scheduler will");
    });
  }
  return { repository, created };
}

async function findOrInsert(
  database: Database,
  name: RepositoryName,
  trackFrom: Date | null,
): Promise<{ repositoryId: number; created: boolean }> {
  try {
    return await database.transaction(async (tx) => {
      const found = await findIdByName(tx, name);
      if (found !== null) return { repositoryId: found, created: false };
      const id = await insertRepository(tx, { ...name, trackFrom, dueInMs: FIRST_CHECK_LEASE_MS });
      if (id === null) throw new NameTaken();
      return { repositoryId: id, created: true };
    });
  } catch (error) {
    if (!(error instanceof NameTaken)) throw error;
    return await findOrInsert(database, name, trackFrom); // the other transaction has committed
  }
}

/** Rolls the insert back; never leaves this file. */
class NameTaken extends Error {}

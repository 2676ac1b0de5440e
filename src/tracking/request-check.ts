import type { Logger } from "pino";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import {
  findByIdentity,
  type GitHubIdentity,
  markForCheck,
} from "../store/repositories/check-request-store.js";

export interface RequestCheckDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly logger: Logger;
}

/** The published task is quicker; this is when the scheduler finds the row should the task be lost. */
const LEASE_MS = 15_000;

/**
 * Has a repository checked now instead of when it is due; one that is paused or given up stays as it
 * is. Asking again does no harm. Returns whether it is tracked.
 */
export async function requestCheck(
  { database, queue, logger }: RequestCheckDependencies,
  repositoryId: number,
): Promise<boolean> {
  const lease = { leaseMs: LEASE_MS };
  const { isTracked, isMarked } = await markForCheck(database.primary, repositoryId, lease);
  if (isMarked) {
    await queue.publish("check", { repositoryIds: [repositoryId] }).catch((err: unknown) => {
      logger.warn({ err, repositoryId }, "requested check not published, the scheduler will");
    });
  }
  return isTracked;
}

/** The same for one that GitHub names. Returns whether it is tracked. */
export async function ringRepository(
  dependencies: RequestCheckDependencies,
  identity: GitHubIdentity,
): Promise<boolean> {
  const repositoryId = await findByIdentity(dependencies.database.primary, identity);
  return repositoryId !== null && (await requestCheck(dependencies, repositoryId));
}

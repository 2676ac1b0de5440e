import type { Logger } from "pino";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import {
  findByIdentity,
  type GitHubIdentity,
  markForCheck,
} from "../store/repositories/check-request-store.js";
import { nudge } from "./nudge.js";

export interface RequestCheckDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly logger: Logger;
}

/**
 * Has a repository checked now instead of when it is due; one that is paused or given up stays as it
 * is. Asking again does no harm. Returns whether it is tracked.
 */
export async function requestCheck(
  dependencies: RequestCheckDependencies,
  repositoryId: number,
): Promise<boolean> {
  const { primary } = dependencies.database;
  const { isTracked, isMarked } = await markForCheck(primary, repositoryId);
  if (isMarked) await nudge(dependencies, "check", { repositoryIds: [repositoryId] });
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

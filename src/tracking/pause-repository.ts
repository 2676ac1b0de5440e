import type { Logger } from "pino";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import * as store from "../store/repositories/failure-store.js";

export interface PauseDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly logger: Logger;
}

/** Not checked until it is resumed; a pull under way stops at its next page. Twice is as good as once. */
export async function pauseRepository(
  { database }: Pick<PauseDependencies, "database">,
  repositoryId: number,
): Promise<void> {
  await store.pauseRepository(database.primary, repositoryId);
}

/** Due at once; nothing for one that is not paused. */
export async function resumeRepository(
  dependencies: PauseDependencies,
  repositoryId: number,
): Promise<void> {
  const { primary } = dependencies.database;
  if (await store.resumeRepository(primary, repositoryId)) await check(dependencies, repositoryId);
}

/** Given-up work off the list: its repository is paused. Nothing for one that is not given up. */
export async function discardTask(
  { database }: Pick<PauseDependencies, "database">,
  repositoryId: number,
): Promise<void> {
  await store.discardParked(database.primary, repositoryId);
}

/** Due at once, as if it had never failed; nothing for one that is not given up. */
export async function retryTask(
  dependencies: PauseDependencies,
  repositoryId: number,
): Promise<void> {
  const { primary } = dependencies.database;
  if (await store.unparkRepository(primary, repositoryId)) await check(dependencies, repositoryId);
}

async function check({ queue, logger }: PauseDependencies, repositoryId: number): Promise<void> {
  await queue.publish("check", { repositoryIds: [repositoryId] }).catch((err: unknown) => {
    logger.warn({ err, repositoryId }, "check not published, the scheduler will");
  });
}

import type { Logger } from "pino";
import type { Database, Transaction } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import * as store from "../store/repositories/failure-store.js";
import { nudge } from "./nudge.js";

export interface PauseDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly logger: Logger;
}

/** Not checked until it is resumed; a pull under way stops at its next page. False for one that is paused. */
export async function pauseRepository(
  { database }: Pick<PauseDependencies, "database">,
  repositoryId: number,
): Promise<boolean> {
  return await database.transaction((tx) => store.pauseRepository(tx, repositoryId));
}

/** Due at once; false, and nothing, for one that is not paused. */
export async function resumeRepository(
  dependencies: PauseDependencies,
  repositoryId: number,
): Promise<boolean> {
  return await revive(dependencies, repositoryId, store.resumeRepository);
}

/** Given-up work off the list: its repository is paused. False, and nothing, for one that is not given up. */
export async function discardTask(
  { database }: Pick<PauseDependencies, "database">,
  repositoryId: number,
): Promise<boolean> {
  return await database.transaction((tx) => store.discardParked(tx, repositoryId));
}

/** Due at once, as if it had never failed; false, and nothing, for one that is not given up. */
export async function retryTask(
  dependencies: PauseDependencies,
  repositoryId: number,
): Promise<boolean> {
  return await revive(dependencies, repositoryId, store.unparkRepository);
}

async function revive(
  dependencies: PauseDependencies,
  repositoryId: number,
  change: (tx: Transaction, repositoryId: number) => Promise<boolean>,
): Promise<boolean> {
  const isRevived = await dependencies.database.transaction((tx) => change(tx, repositoryId));
  if (isRevived) await nudge(dependencies, "check", { repositoryIds: [repositoryId] });
  return isRevived;
}

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

/** Not checked until it is resumed; a pull under way stops at its next page. Twice is as good as once. */
export async function pauseRepository(
  { database }: Pick<PauseDependencies, "database">,
  repositoryId: number,
): Promise<void> {
  await database.transaction((tx) => store.pauseRepository(tx, repositoryId));
}

/** Due at once; nothing for one that is not paused. */
export async function resumeRepository(
  dependencies: PauseDependencies,
  repositoryId: number,
): Promise<void> {
  const resume = (tx: Transaction) => store.resumeRepository(tx, repositoryId);
  if (await dependencies.database.transaction(resume)) await check(dependencies, repositoryId);
}

/** Given-up work off the list: its repository is paused. Nothing for one that is not given up. */
export async function discardTask(
  { database }: Pick<PauseDependencies, "database">,
  repositoryId: number,
): Promise<void> {
  await database.transaction((tx) => store.discardParked(tx, repositoryId));
}

/** Due at once, as if it had never failed; nothing for one that is not given up. */
export async function retryTask(
  dependencies: PauseDependencies,
  repositoryId: number,
): Promise<void> {
  const unpark = (tx: Transaction) => store.unparkRepository(tx, repositoryId);
  if (await dependencies.database.transaction(unpark)) await check(dependencies, repositoryId);
}

async function check(dependencies: PauseDependencies, repositoryId: number): Promise<void> {
  await nudge(dependencies, "check", { repositoryIds: [repositoryId] });
}

import type { Logger } from "pino";
import { nameKey } from "../domain/repository-name.js";
import type { GitHub, RemoteRepository } from "../github/github.js";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import { insertSuccessor } from "../store/repositories/repository-store.js";
import { nudge } from "../tracking/nudge.js";
import { askInBatches } from "./ask-in-batches.js";
import type { BatchSize } from "./batch-size.js";

export interface FindSuccessorsDependencies {
  readonly database: Database;
  readonly queue: TaskQueue;
  readonly gitHub: GitHub;
  readonly sizes: { readonly look: BatchSize };
}

interface Gone {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
}

/**
 * Repositories that have lost these names: gone from GitHub, or renamed long ago. Where the names lead
 * to others now, those are tracked from here on, and the old ones keep their history.
 */
export async function findSuccessors(
  { database, queue, gitHub, sizes }: FindSuccessorsDependencies,
  gone: readonly Gone[],
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  const ask = (batch: readonly Gone[]) =>
    gitHub.lookUp(
      batch.map(({ owner, name }) => ({ owner, name })),
      { signal, purpose: "live" },
    );
  for await (const batch of askInBatches(gone, sizes.look, ask)) {
    if (batch.kind === "failed") {
      if (signal.aborted) throw batch.error;
      // They are asked for again with the next check of the old ones.
      const repositoryIds = batch.items.map(({ id }) => id);
      logger.warn({ err: batch.error, repositoryIds }, "who has these names now was not told");
      continue;
    }
    for (const [old, answer] of batch.pairs) {
      if (answer.kind === "failed") continue;
      const successorId = await trackSuccessor(database, old, answer.repository);
      if (successorId === null) continue;
      logger.info({ repositoryId: old.id, successorId }, "another repository has this name now");
      await nudge({ queue, logger }, "check", { repositoryIds: [successorId] });
    }
  }
}

async function trackSuccessor(
  database: Database,
  old: Gone,
  { nodeId, owner, name }: RemoteRepository,
): Promise<number | null> {
  // Where the name redirects elsewhere it was not made again, only renamed.
  if (nameKey({ owner, name }) !== nameKey(old)) return null;
  return await database.transaction((tx) => insertSuccessor(tx, { owner, name, nodeId }));
}

import type { Logger } from "pino";
import type { GitHub } from "../github/github.js";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import { insertSuccessor } from "../store/repositories/repository-store.js";

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
  { database, queue, gitHub }: { database: Database; queue: TaskQueue; gitHub: GitHub },
  gone: readonly Gone[],
  { signal, logger }: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  if (gone.length === 0) return;
  const named = gone.map(({ owner, name }) => ({ owner, name }));
  const answers = await gitHub.lookUp(named, { signal, purpose: "live" });
  for (const [index, answer] of answers.entries()) {
    const old = gone[index];
    if (answer.kind === "failed" || old === undefined) continue;
    const { nodeId, owner, name } = answer.repository;
    const isSameName =
      owner.toLowerCase() === old.owner.toLowerCase() &&
      name.toLowerCase() === old.name.toLowerCase();
    if (!isSameName) continue; // the name redirects elsewhere: not made again, only renamed
    const successorId = await database.transaction((tx) =>
      insertSuccessor(tx, { owner, name, nodeId }),
    );
    if (successorId === null) continue;
    logger.info({ repositoryId: old.id, successorId }, "another repository has this name now");
    await queue.publish("check", { repositoryIds: [successorId] });
  }
}

import type { SystemState } from "../api/dependencies.js";
import { readVersion } from "../cli/version.js";
import { readDepths } from "../queue/read-depths.js";
import { TASK_KINDS } from "../queue/task.js";
import type { Adapters } from "./adapters.js";

/** How the parts stand that this process works with. */
export function createReadSystem({
  queue,
  replicas,
}: Pick<Adapters, "queue" | "replicas">): () => Promise<SystemState> {
  const version = readVersion();
  return async () => {
    const depths = await readDepths(queue);
    return {
      version,
      queues: TASK_KINDS.map((kind) => ({
        name: kind,
        readyCount: depths.get(kind)?.ready ?? null,
        deadCount: depths.get(kind)?.dead ?? null,
      })),
      replicas: replicas(),
    };
  };
}

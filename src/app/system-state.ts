import type { PartVersion, SystemState } from "../api/dependencies.js";
import { readVersion } from "../cli/version.js";
import { readServerVersion } from "../postgres/server-version.js";
import { readDepths } from "../queue/read-depths.js";
import { TASK_KINDS } from "../queue/task.js";
import type { Adapters } from "./adapters.js";

/** How the parts stand that this process works with. */
export function createReadSystem({
  database,
  queue,
  replicas,
  brokerVersion,
}: Pick<
  Adapters,
  "database" | "queue" | "replicas" | "brokerVersion"
>): () => Promise<SystemState> {
  const version = readVersion();
  return async () => {
    const [depths, postgresql] = await Promise.all([
      readDepths(queue),
      readServerVersion(database.liveReader),
    ]);
    return {
      version,
      parts: partsOf({ postgresql, rabbitmq: brokerVersion() }),
      queues: TASK_KINDS.map((kind) => ({
        name: kind,
        readyCount: depths.get(kind)?.ready ?? null,
        deadCount: depths.get(kind)?.dead ?? null,
      })),
      replicas: replicas(),
    };
  };
}

function partsOf({
  postgresql,
  rabbitmq,
}: {
  readonly postgresql: string;
  readonly rabbitmq: string | null;
}): PartVersion[] {
  return [
    { name: "Node.js", version: process.versions.node },
    { name: "PostgreSQL", version: postgresql },
    ...(rabbitmq === null ? [] : [{ name: "RabbitMQ", version: rabbitmq }]),
  ];
}

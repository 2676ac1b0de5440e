import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import type { Declaration } from "../rabbitmq/declaration.js";
import {
  declareQueues,
  type KindQueues,
  queuesOf,
  type TopologyOptions,
} from "./rabbitmq-topology.js";
import type { TaskKind } from "./task.js";

/** One kind's queues and whether they are declared: what is wrong with them is wrong with that kind alone. */
export interface RabbitmqRoute<K extends TaskKind = TaskKind> {
  readonly kind: K;
  readonly queues: KindQueues;
  readonly declaration: Declaration;
}

export function createRoute<K extends TaskKind>(
  kind: K,
  connection: RabbitmqConnection,
  options: TopologyOptions,
): RabbitmqRoute<K> {
  const queues = queuesOf(kind, options);
  const declaration = connection.declare(`queue ${queues.live.name}`, (channel) =>
    declareQueues(channel, queues),
  );
  return { kind, queues, declaration };
}

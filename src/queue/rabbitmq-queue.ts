import type { Logger } from "pino";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import { createBrokerPatience } from "./broker-patience.js";
import { removeOlderQueues } from "./older-queues.js";
import type { Consumer, TaskQueue } from "./queue.js";
import { startRabbitmqConsumer } from "./rabbitmq-consumer.js";
import { createRabbitmqDepths } from "./rabbitmq-depths.js";
import { openRabbitmqPublisher } from "./rabbitmq-publisher.js";
import { createRoute, type RabbitmqRoute } from "./rabbitmq-route.js";
import type { TopologyOptions } from "./rabbitmq-topology.js";
import { TASK_KINDS, type TaskKind } from "./task.js";

export interface RabbitmqQueueOptions {
  readonly connection: RabbitmqConnection;
  readonly logger: Logger;
  /** How long a publish waits for a channel, a place in the window and its confirm. Default: 5,000. */
  readonly publishTimeoutMs?: number;
  readonly topology?: TopologyOptions;
}

const PUBLISH_TIMEOUT_MS = 5_000;

/** Tasks in durable quorum queues; a publish has ended when the broker has confirmed it. */
export async function openRabbitmqQueue({
  connection,
  logger,
  publishTimeoutMs = PUBLISH_TIMEOUT_MS,
  topology = {},
}: RabbitmqQueueOptions): Promise<TaskQueue> {
  const patience = createBrokerPatience(connection, publishTimeoutMs);
  const publisher = await openRabbitmqPublisher(connection, patience);
  const depths = createRabbitmqDepths(connection, patience);
  const consumers = new Set<Consumer>();
  const routes = new Map(TASK_KINDS.map((kind) => [kind, createRoute(kind, connection, topology)]));
  let isOpen = true;

  function routeOf<K extends TaskKind>(kind: K): RabbitmqRoute<K> {
    const route = routes.get(kind);
    if (route === undefined) throw new Error(`there is no queue for ${kind}`);
    return route as RabbitmqRoute<K>;
  }

  /** Stopped with the queue, if not before. */
  function kept(started: Consumer): Consumer {
    const consumer: Consumer = {
      async stop() {
        consumers.delete(consumer);
        await started.stop();
      },
    };
    consumers.add(consumer);
    return consumer;
  }

  /** What is refused is logged where it is declared, and told to whoever needs it. */
  async function prepare({ declaration, queues }: RabbitmqRoute): Promise<void> {
    await declaration.ensure().catch(() => {});
    await removeOlderQueues(connection, queues.olderNames, logger);
  }
  const preparing = Promise.all([...routes.values()].map(prepare));
  await patience.within(patience.deadline(), preparing).catch(() => {});

  return {
    publish: (kind, payload) => publisher.publish(routeOf(kind), payload),

    async consume(kind, { concurrency }, handler) {
      const options = { connection, logger, route: routeOf(kind), concurrency, handler };
      return kept(await startRabbitmqConsumer({ ...options, of: "live" }));
    },

    async consumeDead(kind, handler) {
      const options = { connection, logger, route: routeOf(kind), concurrency: 1, handler };
      return kept(await startRabbitmqConsumer({ ...options, of: "dead" }));
    },

    depth: (kind) => depths.depth(routeOf(kind)),

    isReady: () => isOpen && publisher.isReady(),

    async close() {
      isOpen = false;
      patience.end();
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await Promise.all([publisher.close(), depths.close()]);
    },
  };
}

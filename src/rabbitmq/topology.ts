import type { Channel, Options } from "amqplib";
import { DELIVERIES_MAX, TASK_KINDS, type TaskKind } from "../queue/task.js";

const TASKS_MAX = 100_000; // more than that is a backlog that the database can derive again
const DEAD_MAX = 10_000;

export interface QueueSpec {
  readonly name: string;
  readonly options: Options.AssertQueue;
}

/** Every name on the broker, and what is declared under it. */
export interface Topology {
  /** Sequences of the feed to every API instance. */
  readonly fanoutExchange: string;
  readonly deadExchange: string;
  readonly tasks: Readonly<
    Record<TaskKind, { readonly live: QueueSpec; readonly dead: QueueSpec }>
  >;
}

/** The names as the product has them; a prefix keeps tests on one broker apart. */
export function createTopology(prefix = ""): Topology {
  const deadExchange = `${prefix}tracker.dead`;
  const specs = (kind: TaskKind) => {
    const name = `${prefix}tracker.${kind}`;
    const dead = `${name}.dead`;
    return {
      live: { name, options: { durable: true, arguments: taskArguments(deadExchange, dead) } },
      dead: {
        name: dead,
        options: {
          durable: true,
          arguments: { "x-queue-type": "quorum", "x-max-length": DEAD_MAX },
        },
      },
    };
  };
  return {
    fanoutExchange: `${prefix}commits.ingested`,
    deadExchange,
    tasks: {
      check: specs("check"),
      pull: specs("pull"),
      backfill: specs("backfill"),
      verify: specs("verify"),
      listing: specs("listing"),
    },
  };
}

/** https://www.rabbitmq.com/docs/quorum-queues: the limit counts redeliveries, and 3.x has none by default. */
function taskArguments(deadExchange: string, deadQueue: string): Record<string, unknown> {
  return {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERIES_MAX - 1,
    "x-max-length": TASKS_MAX,
    "x-overflow": "reject-publish",
    "x-dead-letter-exchange": deadExchange,
    "x-dead-letter-routing-key": deadQueue,
    "x-dead-letter-strategy": "at-least-once",
  };
}

/** Declares whatever is missing; the same again changes nothing. */
export async function declareTopology(channel: Channel, topology: Topology): Promise<void> {
  await channel.assertExchange(topology.fanoutExchange, "fanout", { durable: true });
  await channel.assertExchange(topology.deadExchange, "direct", { durable: true });
  for (const kind of TASK_KINDS) {
    const { live, dead } = topology.tasks[kind];
    await channel.assertQueue(dead.name, dead.options);
    await channel.bindQueue(dead.name, topology.deadExchange, dead.name);
    await channel.assertQueue(live.name, live.options);
  }
}

import type { Channel, Options } from "amqplib";
import { DELIVERIES_MAX, type TaskKind } from "./task.js";

/**
 * Stands in the names of the queues. The broker refuses a queue with other arguments than it has, so
 * whoever changes one raises this: processes of two versions then run side by side, each on queues of
 * its own (`older-queues.ts`).
 */
const QUEUES_VERSION = 1;

const TASKS_MAX = 100_000; // more than that is a backlog that the database can derive again
const DEAD_MAX = 10_000;

/**
 * Dead tasks are returned as often as whoever buries them fails, once a second. RabbitMQ 4 drops them
 * after 20 returns by default; "no limit" is -1 there, but 3.x takes that for 0.
 */
const DEAD_DELIVERIES_MAX = 1_000_000;

export interface QueueSpec {
  readonly name: string;
  readonly options: Options.AssertQueue;
}

/** The queues of one kind. */
export interface KindQueues {
  readonly live: QueueSpec;
  readonly dead: QueueSpec;
  /** Of the versions before. */
  readonly olderNames: readonly string[];
}

export interface TopologyOptions {
  /** Keeps tests on one broker apart. */
  readonly prefix?: string;
  readonly version?: number;
  /** Tasks of one kind that may wait; a publish beyond them is refused. */
  readonly lengthMax?: number;
}

/** https://www.rabbitmq.com/docs/quorum-queues: the delivery limit counts redeliveries. */
export function queuesOf(
  kind: TaskKind,
  { prefix = "", version = QUEUES_VERSION, lengthMax = TASKS_MAX }: TopologyOptions = {},
): KindQueues {
  const namesOf = (of: number) => {
    const name = `${prefix}tracker.${kind}.v${of}`;
    return [name, `${name}.dead`] as const;
  };
  const [live, dead] = namesOf(version);
  const liveArguments = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERIES_MAX - 1,
    "x-max-length": lengthMax,
    "x-overflow": "reject-publish",
    "x-dead-letter-exchange": "", // the default one: straight to the queue of that name
    "x-dead-letter-routing-key": dead,
    "x-dead-letter-strategy": "at-least-once",
  };
  const deadArguments = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DEAD_DELIVERIES_MAX,
    "x-max-length": DEAD_MAX,
    "x-overflow": "drop-head",
  };
  return {
    live: { name: live, options: { durable: true, arguments: liveArguments } },
    dead: { name: dead, options: { durable: true, arguments: deadArguments } },
    olderNames: Array.from({ length: version - 1 }, (_, index) => namesOf(index + 1)).flat(),
  };
}

/** The dead one first: live tasks must have somewhere to die. The same again changes nothing. */
export async function declareQueues(channel: Channel, { live, dead }: KindQueues): Promise<void> {
  await channel.assertQueue(dead.name, dead.options);
  await channel.assertQueue(live.name, live.options);
}

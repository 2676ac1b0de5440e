import type { Channel } from "amqplib";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import type { KeptChannel } from "../rabbitmq/kept-channel.js";
import { isRefusal } from "../rabbitmq/refusal.js";
import type { BrokerPatience } from "./broker-patience.js";
import type { QueueDepth } from "./queue.js";
import type { RabbitmqRoute } from "./rabbitmq-route.js";
import type { TaskKind } from "./task.js";

export interface RabbitmqDepths {
  /** Those who ask for one kind at the same time share an answer. */
  depth(route: RabbitmqRoute): Promise<QueueDepth>;
  close(): Promise<void>;
}

/** Counts on a channel for each kind, since a look at a queue that is not there closes the channel. */
export function createRabbitmqDepths(
  connection: RabbitmqConnection,
  patience: BrokerPatience,
): RabbitmqDepths {
  const channels = new Map<TaskKind, Promise<KeptChannel<Channel>>>();
  const underWay = new Map<TaskKind, Promise<QueueDepth>>();

  function channelFor(kind: TaskKind): Promise<KeptChannel<Channel>> {
    const kept = channels.get(kind) ?? connection.keepChannel(async () => {});
    channels.set(kind, kept);
    return kept;
  }

  async function count({ kind, queues, declaration }: RabbitmqRoute): Promise<QueueDepth> {
    const deadline = patience.deadline();
    const kept = await patience.within(deadline, channelFor(kind));
    await patience.channelOf(kept, deadline);
    await patience.within(deadline, declaration.ensure());
    const channel = await patience.channelOf(kept, deadline);
    const looks = Promise.all(
      [queues.live, queues.dead].map(({ name }) => channel.checkQueue(name)),
    ).catch((error: unknown) => {
      if (isRefusal(error, 404)) declaration.lost();
      throw new Error(`RabbitMQ did not count the ${kind} tasks`, { cause: error });
    });
    const [live, dead] = await patience.within(deadline, looks);
    return { ready: live?.messageCount ?? 0, dead: dead?.messageCount ?? 0 };
  }

  return {
    depth(route) {
      const { kind } = route;
      const counting =
        underWay.get(kind) ??
        count(route).finally(() => {
          underWay.delete(kind);
        });
      underWay.set(kind, counting);
      return counting;
    },
    async close() {
      await Promise.all([...channels.values()].map(async (kept) => (await kept).close()));
    },
  };
}

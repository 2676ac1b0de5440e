import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { context, propagation } from "@opentelemetry/api";
import type { Channel, ConfirmChannel, Options } from "amqplib";
import type { Logger } from "pino";
import { TrackerError } from "../domain/errors.js";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import type { KeptChannel } from "../rabbitmq/kept-channel.js";
import { declareTopology } from "../rabbitmq/topology.js";
import type { Consumer, TaskQueue } from "./queue.js";
import { startRabbitmqConsumer } from "./rabbitmq-consumer.js";
import type { TaskKind } from "./task.js";

export interface RabbitmqQueueOptions {
  readonly connection: RabbitmqConnection;
  readonly logger: Logger;
  /** How long a publish waits for a channel, a place in the window and its confirm. Default: 5,000. */
  readonly publishTimeoutMs?: number;
}

const PUBLISH_TIMEOUT_MS = 5_000;
const UNCONFIRMED_MAX = 500; // on the wire; further publishes wait for a place until their deadline
const POLL_MS = 20;
const DECLARE_MS = 1_000;

/** Tasks in durable quorum queues; a publish has ended when the broker has confirmed it. */
export async function openRabbitmqQueue({
  connection,
  logger,
  publishTimeoutMs = PUBLISH_TIMEOUT_MS,
}: RabbitmqQueueOptions): Promise<TaskQueue> {
  const { topology } = connection;
  const returned = new Set<string>();
  const unconfirmed = new Set<string>();
  const consumers = new Set<Consumer>();
  let isOpen = true;
  let declaring: NodeJS.Timeout | undefined;
  const publisher = await connection.keepConfirmChannel(async (channel) => {
    // A message that fits no queue is returned first and confirmed afterwards.
    channel.on("return", ({ properties: { messageId } }) => {
      if (unconfirmed.has(messageId)) returned.add(messageId);
    });
  });
  // On its own, since a passive look at a queue that is not there closes the channel.
  const inspector = await connection.keepChannel(async () => {});

  async function channelOf<C extends Channel>(
    kept: KeptChannel<C>,
    deadline: number,
    isFree: () => boolean = () => true,
  ): Promise<C> {
    for (;;) {
      if (!isOpen) throw unavailable("The task queue is closed");
      const channel = kept.current();
      if (channel !== null && isFree()) return channel;
      if (Date.now() >= deadline) {
        throw unavailable(
          channel === null ? "RabbitMQ cannot be reached" : "Too many tasks await RabbitMQ",
        );
      }
      await delay(POLL_MS);
    }
  }

  /** Resolves with whether the broker could route it. */
  function confirmed(
    channel: ConfirmChannel,
    task: { readonly queue: string; readonly content: Buffer; readonly messageId: string },
    options: Options.Publish,
    deadline: number,
  ): Promise<boolean> {
    const { queue, content, messageId } = task;
    return new Promise((resolve, reject) => {
      const late = () => reject(unavailable("RabbitMQ did not confirm the task in time"));
      const timer = setTimeout(late, Math.max(0, deadline - Date.now()));
      const settle = (error: unknown) => {
        clearTimeout(timer);
        unconfirmed.delete(messageId); // a late one keeps its place until here: the window is real
        const wasReturned = returned.delete(messageId);
        if (error) reject(unavailable("RabbitMQ did not take the task", error));
        else resolve(!wasReturned);
      };
      unconfirmed.add(messageId);
      try {
        channel.publish("", queue, content, { ...options, messageId }, settle);
      } catch (error) {
        settle(error);
      }
    });
  }

  /** Not at once: a queue back within milliseconds leaves its old consumers without a word of its end. */
  function declareLater(): void {
    if (declaring !== undefined) return;
    logger.warn("a queue is gone from rabbitmq, it will be declared again");
    declaring = setTimeout(() => {
      declaring = undefined;
      const channel = publisher.current();
      if (channel === null) return; // the next one is declared on anyway
      declareTopology(channel, topology).catch((err: unknown) => {
        logger.warn({ err }, "queues cannot be declared");
      });
    }, DECLARE_MS);
    declaring.unref();
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

  async function depthOf(kind: TaskKind) {
    const channel = await channelOf(inspector, Date.now() + publishTimeoutMs);
    const { live, dead } = topology.tasks[kind];
    const looks = Promise.all([channel.checkQueue(live.name), channel.checkQueue(dead.name)]);
    const tooLate = delay(publishTimeoutMs, null, { ref: false });
    const counts = await Promise.race([looks, tooLate]).catch((error: unknown) => {
      throw unavailable(`RabbitMQ did not count the ${kind} tasks`, error);
    });
    if (counts === null) throw unavailable(`RabbitMQ did not count the ${kind} tasks in time`);
    return { ready: counts[0].messageCount, dead: counts[1].messageCount };
  }

  return {
    async publish(kind, payload) {
      const deadline = Date.now() + publishTimeoutMs;
      const queue = topology.tasks[kind].live.name;
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      const task = {
        queue,
        content: Buffer.from(JSON.stringify(payload)),
        messageId: randomUUID(),
      };
      const options = {
        persistent: true,
        mandatory: true,
        contentType: "application/json",
        headers,
      };
      const isFree = () => unconfirmed.size < UNCONFIRMED_MAX;
      const channel = await channelOf(publisher, deadline, isFree);
      if (await confirmed(channel, task, options, deadline)) return;
      declareLater();
      throw unavailable(`RabbitMQ had no queue ${queue}`);
    },

    async consume(kind, { concurrency }, handler) {
      const options = { connection, logger, kind, of: "live", concurrency, handler } as const;
      return kept(await startRabbitmqConsumer(options));
    },

    async consumeDead(kind, handler) {
      const options = { connection, logger, kind, of: "dead", concurrency: 1, handler } as const;
      return kept(await startRabbitmqConsumer(options));
    },

    depth: depthOf,

    isReady: () => isOpen && publisher.current() !== null,

    async close() {
      isOpen = false;
      clearTimeout(declaring);
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await Promise.all([publisher.close(), inspector.close()]);
    },
  };
}

function unavailable(message: string, cause?: unknown): TrackerError {
  return new TrackerError("BROKER_UNAVAILABLE", `${message}.`, {}, { cause });
}

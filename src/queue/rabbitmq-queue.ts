import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { context, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Channel, ConfirmChannel, ConsumeMessage } from "amqplib";
import type { Logger } from "pino";
import { TrackerError } from "../domain/errors.js";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import type { Consumer, TaskHandler, TaskQueue } from "./queue.js";
import { type TaskKind, taskSchemas } from "./task.js";

export interface RabbitmqQueueOptions {
  readonly connection: RabbitmqConnection;
  readonly logger: Logger;
  readonly publishTimeoutMs?: number;
}

const PUBLISH_TIMEOUT_MS = 5_000;
const UNCONFIRMED_MAX = 500;
const POLL_MS = 20;

/** Tasks in durable quorum queues; a publish is a broker's confirm. */
export async function openRabbitmqQueue({
  connection,
  logger,
  publishTimeoutMs = PUBLISH_TIMEOUT_MS,
}: RabbitmqQueueOptions): Promise<TaskQueue> {
  const { topology } = connection;
  const unroutable = new Set<string>();
  const consumers = new Set<Consumer>();
  let unconfirmed = 0;
  let isOpen = true;
  const publisher = await connection.keepConfirmChannel(async (channel) => {
    // A message that fits no queue is returned first and confirmed afterwards.
    channel.on("return", ({ properties }) => unroutable.add(String(properties.messageId)));
  });

  async function channelBefore(deadline: number): Promise<ConfirmChannel> {
    for (;;) {
      const channel = publisher.current();
      if (channel !== null) return channel;
      if (Date.now() >= deadline || !isOpen) throw unavailable("RabbitMQ cannot be reached");
      await delay(POLL_MS);
    }
  }

  async function send(queue: string, payload: unknown, deadline: number): Promise<void> {
    const channel = await channelBefore(deadline);
    const messageId = randomUUID();
    const headers: Record<string, string> = {};
    propagation.inject(context.active(), headers);
    const options = {
      persistent: true,
      mandatory: true,
      contentType: "application/json",
      messageId,
      headers,
    };
    const content = Buffer.from(JSON.stringify(payload));
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const late = () => reject(unavailable("RabbitMQ did not confirm the task in time"));
        timer = setTimeout(late, Math.max(0, deadline - Date.now()));
        channel.publish("", queue, content, options, (error: unknown) =>
          error ? reject(unavailable("RabbitMQ did not take the task", error)) : resolve(),
        );
      });
    } catch (error) {
      throw error instanceof TrackerError
        ? error
        : unavailable("RabbitMQ did not take the task", error);
    } finally {
      clearTimeout(timer);
    }
    if (unroutable.delete(messageId)) throw unavailable(`RabbitMQ has no queue ${queue}`);
  }

  return {
    async publish(kind, payload) {
      if (!isOpen) throw unavailable("The task queue is closed");
      if (unconfirmed >= UNCONFIRMED_MAX)
        throw unavailable("Too many tasks await their confirmation");
      unconfirmed += 1;
      try {
        await send(topology.tasks[kind].live.name, payload, Date.now() + publishTimeoutMs);
      } finally {
        unconfirmed -= 1;
      }
    },

    async consume(kind, { concurrency }, handler) {
      const consumer = await startConsumer({ connection, logger, kind, concurrency, handler });
      consumers.add(consumer);
      return {
        async stop() {
          consumers.delete(consumer);
          await consumer.stop();
        },
      };
    },

    async depth(kind) {
      const channel = await channelBefore(Date.now() + publishTimeoutMs);
      const { live, dead } = topology.tasks[kind];
      const [ready, buried] = [
        await channel.checkQueue(live.name),
        await channel.checkQueue(dead.name),
      ];
      return { ready: ready.messageCount, dead: buried.messageCount };
    },

    isReady: () => isOpen && publisher.current() !== null,

    async close() {
      isOpen = false;
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await publisher.close();
    },
  };
}

interface ConsumerOptions<K extends TaskKind> {
  readonly connection: RabbitmqConnection;
  readonly logger: Logger;
  readonly kind: K;
  readonly concurrency: number;
  readonly handler: TaskHandler<K>;
}

async function startConsumer<K extends TaskKind>({
  connection,
  logger,
  kind,
  concurrency,
  handler,
}: ConsumerOptions<K>): Promise<Consumer> {
  const { name } = connection.topology.tasks[kind].live;
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  let consumerTag: string | null = null;

  async function handle(message: ConsumeMessage): Promise<"ack" | "requeue" | "bury"> {
    const parsed = taskSchemas[kind].safeParse(parseJson(message.content));
    if (!parsed.success) {
      logger.warn({ kind, reason: "malformed" }, "task is dead");
      return "bury";
    }
    const { headers = {} } = message.properties;
    const redeliveries = Number(
      headers["x-delivery-count"] ?? (message.fields.redelivered ? 1 : 0),
    );
    const payload = parsed.data as Parameters<TaskHandler<K>>[0];
    try {
      const parent = propagation.extract(ROOT_CONTEXT, headers);
      await context.with(parent, () => handler(payload, { redeliveries, signal: stopping.signal }));
      return "ack";
    } catch (err) {
      logger.warn({ err, kind, redeliveries }, "task returned to its queue");
      return "requeue";
    }
  }

  async function take(channel: Channel, message: ConsumeMessage): Promise<void> {
    const outcome = await handle(message);
    try {
      // reject, not nack: from RabbitMQ 4 on only a reject counts towards the delivery limit.
      if (outcome === "ack") channel.ack(message);
      else channel.reject(message, outcome === "requeue");
    } catch (err) {
      logger.debug({ err, kind }, "task not settled, its channel is gone; it is delivered again");
    }
  }

  const kept = await connection.keepChannel(async (channel) => {
    if (stopping.signal.aborted) return;
    await channel.prefetch(concurrency);
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null) {
        void channel.close().catch(() => {}); // the queue was deleted: open again, declared again
        return;
      }
      const work: Promise<void> = take(channel, message).finally(() => inHand.delete(work));
      inHand.add(work);
    };
    ({ consumerTag } = await channel.consume(name, onMessage));
  });

  return {
    async stop() {
      const channel = kept.current();
      if (channel !== null && consumerTag !== null)
        await channel.cancel(consumerTag).catch(() => {});
      stopping.abort();
      await Promise.all(inHand);
      await kept.close();
    },
  };
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString("utf8"));
  } catch {
    return undefined;
  }
}

function unavailable(message: string, cause?: unknown): TrackerError {
  return new TrackerError("BROKER_UNAVAILABLE", `${message}.`, {}, { cause });
}

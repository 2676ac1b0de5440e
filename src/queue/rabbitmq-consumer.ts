import { setTimeout as delay } from "node:timers/promises";
import { context, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Channel, ConsumeMessage, MessagePropertyHeaders } from "amqplib";
import type { Logger } from "pino";
import { atMost } from "../rabbitmq/at-most.js";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import { isRefusal } from "../rabbitmq/refusal.js";
import {
  ATTR_MESSAGING_MESSAGE_ID,
  MESSAGING_SYSTEM_VALUE_RABBITMQ,
} from "../telemetry/traces/semantic-conventions.js";
import type { Consumer, TaskHandler } from "./queue.js";
import { PUBLISHED_AT } from "./rabbitmq-publisher.js";
import type { RabbitmqRoute } from "./rabbitmq-route.js";
import { type TaskKind, taskSchemas } from "./task.js";
import { processingTask } from "./task-span.js";

const CANCEL_MS = 500;
const DEAD_RETRY_MS = 1_000;
/** A dead task comes back to the head of its queue: one that cannot be settled must not be all there is. */
const DEAD_PREFETCH = 16;

export interface RabbitmqConsumerOptions<K extends TaskKind> {
  readonly connection: RabbitmqConnection;
  readonly logger: Logger;
  readonly route: RabbitmqRoute<K>;
  /** The queue itself, or the one of its dead tasks. */
  readonly of: "live" | "dead";
  /** The prefetch of live tasks too: the broker holds back what cannot be handled yet. */
  readonly concurrency: number;
  readonly handler: TaskHandler<K>;
}

/** Takes tasks of one kind, on whatever channel there is, until it is stopped. */
export async function startRabbitmqConsumer<K extends TaskKind>({
  connection,
  logger,
  route: { kind, queues, declaration },
  of,
  concurrency,
  handler,
}: RabbitmqConsumerOptions<K>): Promise<Consumer> {
  const { name } = queues[of];
  const stopping = new AbortController();
  const inHand = new Set<Promise<void>>();
  let consumerTag: string | null = null;
  let deadBefore: Promise<void> = Promise.resolve();

  function inTurn(work: () => Promise<void>): Promise<void> {
    const mine = deadBefore.then(() => {
      if (stopping.signal.aborted) throw new Error("the consumer is being stopped");
      return work();
    });
    deadBefore = mine.catch(() => {});
    return mine;
  }

  async function handle(message: ConsumeMessage): Promise<"ack" | "requeue" | "bury"> {
    const parsed = taskSchemas[kind].safeParse(parseJson(message.content));
    if (!parsed.success) {
      logger.warn({ kind, reason: "malformed", issues: parsed.error.issues }, "task is dead");
      return "bury";
    }
    const { headers = {} } = message.properties;
    const redeliveries = Number(
      headers["x-delivery-count"] ?? (message.fields.redelivered ? 1 : 0),
    );
    const payload = parsed.data as Parameters<TaskHandler<K>>[0];
    try {
      const parent = propagation.extract(ROOT_CONTEXT, headers);
      const delivery = { redeliveries, waitedMs: waitedMsOf(headers), signal: stopping.signal };
      const destination = { system: MESSAGING_SYSTEM_VALUE_RABBITMQ, name };
      const facts = { [ATTR_MESSAGING_MESSAGE_ID]: message.properties.messageId };
      const work = () =>
        context.with(parent, () =>
          processingTask(destination, facts, () => handler(payload, delivery)),
        );
      await (of === "dead" ? inTurn(work) : work());
      return "ack";
    } catch (err) {
      // Cut off by a stop it is nobody's failure.
      logger[stopping.signal.aborted ? "debug" : "warn"](
        { err, kind, of, redeliveries },
        "task returned to its queue",
      );
      // Their deliveries have no end to speak of: what cannot be settled now is not tried at full pace.
      if (of === "dead")
        await delay(DEAD_RETRY_MS, undefined, { signal: stopping.signal }).catch(() => {});
      return "requeue";
    }
  }

  async function take(channel: Channel, message: ConsumeMessage): Promise<void> {
    const outcome = await handle(message);
    try {
      // reject, not nack: from RabbitMQ 4.3 on only a reject counts towards the delivery limit.
      if (outcome === "ack") channel.ack(message);
      else channel.reject(message, outcome === "requeue");
    } catch (err) {
      logger.debug({ err, kind }, "task not settled, its channel is gone; it is delivered again");
    }
  }

  const kept = await connection.keepChannel(async (channel) => {
    if (stopping.signal.aborted) return;
    await declaration.ensure();
    await channel.prefetch(of === "dead" ? DEAD_PREFETCH : concurrency);
    const onMessage = (message: ConsumeMessage | null) => {
      if (message === null) {
        // The queue was deleted: it is declared again for a fresh channel.
        declaration.lost();
        return void channel.close().catch(() => {});
      }
      if (stopping.signal.aborted) return; // on its way when we stopped; the closing channel returns it
      const work: Promise<void> = take(channel, message).finally(() => inHand.delete(work));
      inHand.add(work);
    };
    try {
      ({ consumerTag } = await channel.consume(name, onMessage));
    } catch (error) {
      if (isRefusal(error, 404)) declaration.lost();
      throw error;
    }
  });

  return {
    async stop() {
      stopping.abort();
      const channel = kept.current();
      if (channel !== null && consumerTag !== null)
        await atMost(CANCEL_MS, channel.cancel(consumerTag));
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

/** Null where an older process has published it. */
function waitedMsOf({ [PUBLISHED_AT]: publishedAtMs }: MessagePropertyHeaders): number | null {
  return typeof publishedAtMs === "number" ? Math.max(0, Date.now() - publishedAtMs) : null;
}

import { context, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Channel, Message } from "amqplib";
import type { Logger } from "pino";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import { carriedTrace } from "../telemetry/traces/carried-trace.js";
import type { Fanout } from "./fanout.js";

const RINGS_MAX = 10_000; // an instance that does not take them reads the database anyway
const DECIMAL = /^\d{1,19}$/;

/** The durable fanout exchange, and an exclusive queue for each instance that listens. */
export async function openRabbitmqFanout({
  connection,
  logger,
  prefix = "",
}: {
  connection: RabbitmqConnection;
  logger: Logger;
  /** Keeps tests on one broker apart. */
  prefix?: string;
}): Promise<Fanout> {
  const exchange = `${prefix}commits.ingested`;
  const declareOn = (channel: Channel) =>
    channel.assertExchange(exchange, "fanout", { durable: true });
  let isCongested = false;
  const publisher = await connection.keepChannel(async (channel) => {
    await declareOn(channel);
    isCongested = false;
    channel.on("drain", () => {
      isCongested = false;
    });
  });
  function hear({ content, properties }: Message, listener: (sequence: bigint) => void): void {
    const text = content.toString("latin1");
    if (!DECIMAL.test(text)) return;
    try {
      const rungIn = propagation.extract(ROOT_CONTEXT, properties.headers ?? {});
      context.with(rungIn, () => listener(BigInt(text)));
    } catch (err) {
      logger.error({ err }, "a listener of the fanout failed");
    }
  }

  const listening = new Set<{ close(): Promise<void> }>();
  return {
    async ring(sequence) {
      const channel = publisher.current();
      if (channel === null || isCongested || !connection.isReady()) return; // lost, rather than kept for a line that is slow
      try {
        const headers = carriedTrace();
        isCongested = !channel.publish(exchange, "", Buffer.from(String(sequence)), { headers });
      } catch (err) {
        logger.debug({ err }, "ring lost");
      }
    },
    async listen(listener) {
      const kept = await connection.keepChannel(async (channel) => {
        await declareOn(channel);
        const { queue } = await channel.assertQueue("", {
          exclusive: true,
          durable: false,
          autoDelete: true,
          arguments: { "x-max-length": RINGS_MAX },
        });
        await channel.bindQueue(queue, exchange, "");
        await channel.consume(
          queue,
          (message) => {
            // The queue was deleted: a fresh channel makes another.
            if (message === null) return void channel.close().catch(() => {});
            hear(message, listener);
          },
          { noAck: true },
        );
      });
      listening.add(kept);
      return async () => {
        listening.delete(kept);
        await kept.close();
      };
    },
    isReady: () => publisher.current() !== null,
    async close() {
      await Promise.all([...listening].map((kept) => kept.close()));
      await publisher.close();
    },
  };
}

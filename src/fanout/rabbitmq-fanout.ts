import type { Logger } from "pino";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";
import type { Fanout } from "./fanout.js";

const RINGS_MAX = 10_000; // an instance that does not take them reads the database anyway
const DECIMAL = /^\d{1,19}$/;

/** The durable fanout exchange, and an exclusive queue for each instance that listens. */
export async function openRabbitmqFanout({
  connection,
  logger,
}: {
  connection: RabbitmqConnection;
  logger: Logger;
}): Promise<Fanout> {
  const exchange = connection.topology.fanoutExchange;
  const publisher = await connection.keepChannel(async () => {});
  const listening = new Set<{ close(): Promise<void> }>();
  return {
    async ring(sequence) {
      try {
        publisher.current()?.publish(exchange, "", Buffer.from(String(sequence)));
      } catch (err) {
        logger.debug({ err }, "ring lost");
      }
    },
    async listen(listener) {
      const kept = await connection.keepChannel(async (channel) => {
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
            const text = message?.content.toString("latin1") ?? "";
            if (message === null)
              void channel.close().catch(() => {}); // deleted: open again
            else if (DECIMAL.test(text)) listener(BigInt(text));
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

import type { Logger } from "pino";
import type { RabbitmqConnection } from "../rabbitmq/connection.js";

/**
 * Removes queues of earlier versions that no process takes from any more, with whatever waits in them:
 * the database derives it again. In an upgrade the last old worker goes on with its own queues; who
 * starts after it tidies up. Never rejects: what is not removed now is removed at a later start.
 */
export async function removeOlderQueues(
  connection: RabbitmqConnection,
  names: readonly string[],
  logger: Logger,
): Promise<void> {
  for (const name of names) {
    try {
      // Quorum queues know no "delete if unused". An old worker that starts in between declares it again.
      const removed = await connection.withChannel(async (channel) => {
        const { consumerCount } = await channel.checkQueue(name);
        return consumerCount > 0 ? null : await channel.deleteQueue(name);
      });
      if (removed !== null)
        logger.info({ queue: name, tasks: removed.messageCount }, "older queue removed");
    } catch (err) {
      logger.debug({ err, queue: name }, "older queue not removed"); // as a rule there is none
    }
  }
}

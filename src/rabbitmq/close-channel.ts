import type { Channel } from "amqplib";
import { atMost } from "./at-most.js";

const CLOSE_MS = 500;

/** Returns within a second, answered or not, whatever state the channel is in. */
export async function closeChannel(channel: Channel): Promise<void> {
  // amqplib throws, rather than rejects, for a channel that is closing already.
  const closing = (async () => channel.close())();
  await atMost(CLOSE_MS, closing);
}

import type { Channel } from "amqplib";
import { atMost } from "./at-most.js";

const CLOSE_MS = 500;

/** Returns within a second, answered or not, whatever state the channel is in. */
export async function closeChannel(channel: Channel): Promise<void> {
  await atMost(CLOSE_MS, channel.close());
}

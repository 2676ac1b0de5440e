import type { Channel, ChannelModel } from "amqplib";
import { closeChannel } from "./close-channel.js";

/** Work on a channel of its own, that what the broker refuses may close. */
export async function withChannel<T>(
  model: ChannelModel | null,
  work: (channel: Channel) => Promise<T>,
): Promise<T> {
  if (model === null) throw new Error("RabbitMQ cannot be reached");
  const channel = await model.createChannel();
  channel.on("error", () => {}); // the call that it is about rejects with it
  try {
    return await work(channel);
  } finally {
    await closeChannel(channel);
  }
}

import type { Bookmark, FeedEvent } from "../../domain/feed-event.js";
import type { FeedFilter } from "../../domain/feed-filter.js";
import type { FeedReader } from "../../fanout/feed-reader.js";
import { type Delivery, type DeliveryParts, delivering } from "./delivery.js";
import type { FeedChannel } from "./feed-channel.js";
import { isCongested } from "./message-sink.js";

export interface FeedDeliveryParts extends DeliveryParts {
  readonly channel: FeedChannel;
  readonly reader: FeedReader;
  readonly filter: FeedFilter;
  /** The last sequence that the subscriber has seen. */
  readonly after: bigint;
}

/**
 * One subscriber's events from its cursor on, each once, in order, straight to its connection: what it
 * missed is read for it alone, then the channel pushes. What is buffered for it is bounded by one event
 * more than makes it congested; then it is read for alone, at its own pace.
 */
export function deliverFeed(parts: FeedDeliveryParts): Delivery {
  const { channel, reader, filter, sink, turns } = parts;
  return delivering(parts, async (signal, untilTaken) => {
    let position = parts.after;

    function send(event: FeedEvent | Bookmark, payload: Buffer): void {
      if (event.sequence <= position) return; // the channel was behind when this one joined
      sink.push(payload);
      position = event.sequence;
    }

    while (!signal.aborted) {
      if (position >= channel.position) {
        await following(channel, signal, (event, payload) => {
          send(event, payload);
          return !isCongested(sink);
        });
      } else {
        const step = await reader.next(position, filter, signal);
        if (step === null) return;
        for (const event of step.events) {
          const payload = await channel.render(event);
          if (signal.aborted) return;
          send(event, payload);
          await turns.sent(payload.length);
          await untilTaken();
        }
        position = step.position;
      }
      await untilTaken();
    }
  });
}

/** Resolves when the follower has had enough for now, or is gone. */
function following(
  channel: FeedChannel,
  signal: AbortSignal,
  take: (event: FeedEvent | Bookmark, payload: Buffer) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      signal.removeEventListener("abort", end);
      channel.leave(follower);
      resolve();
    };
    const follower = {
      take(event: FeedEvent | Bookmark, payload: Buffer) {
        const wantsMore = take(event, payload);
        if (!wantsMore) end();
        return wantsMore;
      },
      fail(error: unknown) {
        signal.removeEventListener("abort", end);
        reject(error);
      },
    };
    signal.addEventListener("abort", end, { once: true });
    channel.follow(follower);
  });
}

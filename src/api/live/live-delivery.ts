import { context, ROOT_CONTEXT } from "@opentelemetry/api";
import type { ExecutionArgs } from "graphql";
import type { FeedFilter } from "../../domain/feed-filter.js";
import type { FeedReader } from "../../fanout/feed-reader.js";
import type { Metrics } from "../../telemetry/metrics/metrics.js";
import { observeLag } from "../../telemetry/metrics/observe.js";
import type { Execute } from "../execution/compiled-execution.js";
import type { DeliveryParts } from "./delivery.js";
import { FeedChannel } from "./feed-channel.js";
import { deliverFeed } from "./feed-delivery.js";
import { FeedSubscription } from "./feed-subscription.js";
import type { MessageSink } from "./message-sink.js";
import { operationKey } from "./operation-key.js";
import { createRender, type Render } from "./rendering.js";
import { createSendingTurns } from "./sending-turns.js";
import { createSharedByKey } from "./shared-by-key.js";
import { deliverSource } from "./source-delivery.js";

export interface LiveDeliveryParts {
  readonly reader: FeedReader;
  readonly execute: Execute;
  readonly metrics: Metrics;
  readonly stallMs?: number | undefined;
  readonly bookmarkMs?: number | undefined;
}

/** Between two bookmarks of a subscription. */
const BOOKMARK_MS = 60_000;

/**
 * Sends what a subscription's source tells to a sink, whatever carries it. The iterator never yields: it
 * ends with the subscription, and rejects when something cannot be told whole.
 *
 * Of all who ask the same, each value is executed and serialised once; all who follow the same part of
 * the feed with the same document are one channel.
 */
export type Deliver = (
  source: AsyncIterable<unknown>,
  args: ExecutionArgs,
  sink: MessageSink,
) => AsyncIterableIterator<never, void>;

export function createDeliver({
  reader,
  execute,
  metrics,
  stallMs,
  bookmarkMs = BOOKMARK_MS,
}: LiveDeliveryParts): Deliver {
  const channels = createSharedByKey<FeedChannel>((channel) => channel.close());
  const renders = createSharedByKey<Render>();
  const turns = createSendingTurns();
  const partsOf = (sink: MessageSink): DeliveryParts => ({
    ...{ sink, turns, stallMs },
    onTooSlow: () => metrics.slowSubscribers.inc(),
  });

  function deliverEvents(feed: FeedSubscription, args: ExecutionArgs, sink: MessageSink) {
    const { filter, after, hasBookmarks } = feed;
    const { thing: channel, release } = channels.join(
      `${operationKey(args)} ${filterKey(filter)} ${hasBookmarks}`,
      () =>
        new FeedChannel({
          ...{ reader, filter, turns, render: createRender(execute, args) },
          bookmarkMs: hasBookmarks ? bookmarkMs : null,
          onDelivered(count, { kind, ingestedAt }) {
            metrics.feedDeliveries.inc(count);
            if (kind !== "BOOKMARK") observeLag(metrics, "socket", ingestedAt);
          },
        }),
    );
    const leave = feed.attend();
    const delivery = deliverFeed({ ...partsOf(sink), channel, reader, filter, after });
    void delivery.ended.finally(() => {
      leave();
      release();
    });
    return delivery.iterator;
  }

  function deliver(source: AsyncIterable<unknown>, args: ExecutionArgs, sink: MessageSink) {
    if (source instanceof FeedSubscription) return deliverEvents(source, args, sink);
    const { thing: render, release } = renders.join(operationKey(args), () =>
      createRender(execute, args),
    );
    const values = source as AsyncIterable<object>;
    const delivery = deliverSource({ ...partsOf(sink), source: values, render });
    void delivery.ended.finally(release);
    return delivery.iterator;
  }

  // What is told for hours is no part of the trace of whoever asked for it.
  return (...parts) => context.with(ROOT_CONTEXT, deliver, undefined, ...parts);
}

function filterKey({ repositoryIds, kinds, author }: FeedFilter): string {
  return JSON.stringify([
    repositoryIds && [...repositoryIds].sort((one, other) => one - other),
    kinds && [...kinds].sort(),
    author,
  ]);
}

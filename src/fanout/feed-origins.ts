import { type Context, context, type Link, SpanKind, trace } from "@opentelemetry/api";
import type { FeedEvent } from "../domain/feed-event.js";
import { isKept, startSpan, withSpan } from "../telemetry/traces/spans.js";

/** Those are remembered that may still be delivered; a trace that is not kept is none. */
const ORIGINS_MAX = 1_000;

/** Which trace an event comes from, as far as a ring has told. */
export interface FeedOrigins {
  /** A ring is heard: the trace that is active is the event's. */
  rung(sequence: bigint): void;
  /** Reads the feed, linked to all whose rings have been heard and not been read yet. */
  reading<T>(after: bigint, read: () => Promise<T>): Promise<T>;
  /** The event has been read: what follows of it goes on from here. */
  arrived(event: FeedEvent): void;
  /** Where the delivery of an event belongs; undefined where it belongs to no trace. */
  of(sequence: bigint): Context | undefined;
}

export function createFeedOrigins(): FeedOrigins {
  const origins = new Map<bigint, Context>();

  function keep(sequence: bigint, origin: Context): void {
    origins.set(sequence, origin);
    const [oldest] = origins.keys();
    if (origins.size > ORIGINS_MAX && oldest !== undefined) origins.delete(oldest);
  }

  return {
    rung(sequence) {
      if (isKept()) keep(sequence, context.active());
    },
    async reading(after, read) {
      const links: Link[] = [];
      for (const [sequence, origin] of origins) {
        const span = trace.getSpanContext(origin);
        if (sequence > after && span !== undefined) links.push({ context: span });
      }
      if (links.length === 0) return await read();
      return await withSpan("read feed", { root: true, links }, read);
    },
    arrived({ sequence, ingestedAt }) {
      const origin = origins.get(sequence);
      if (origin === undefined) return;
      const attributes = {
        "tracker.feed.sequence": String(sequence),
        "tracker.feed.lag_ms": Date.now() - ingestedAt.getTime(),
      };
      const span = startSpan("process feed event", { kind: SpanKind.CONSUMER, attributes }, origin);
      keep(sequence, trace.setSpan(origin, span));
      span.end();
    },
    of: (sequence) => origins.get(sequence),
  };
}

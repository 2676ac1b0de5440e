import { setMaxListeners } from "node:events";
import type { FeedEvent } from "../../domain/feed-event.js";
import type { FeedFilter } from "../../domain/feed-filter.js";
import type { FeedReader } from "../../fanout/feed-reader.js";

/** Somebody who has seen all that a channel has told so far. */
export interface Follower {
  /** The channel's next event, rendered. False: no more for now, it goes on by itself. */
  take(event: FeedEvent, message: Buffer): boolean;
  /** An event could not be told; nothing follows it. */
  fail(error: unknown): void;
}

export interface FeedChannelParts {
  readonly reader: FeedReader;
  readonly filter: FeedFilter;
  /** What a subscriber is sent of an event, but for its own operation's id. */
  readonly render: (event: FeedEvent) => Promise<Buffer>;
  /** Called with the number of subscribers that were sent an event at once. */
  readonly onDelivered: (count: number) => void;
}

/**
 * What all subscribers with the same document, variables and filter are told: each event is executed
 * and serialised once, however many they are.
 *
 * It moves through the feed at the reader's pace and pushes to its followers. Whoever is behind
 * reads the feed alone and becomes a follower at the moment it has seen what the channel has told:
 * the two positions are compared, and the follower added, without anything happening in between.
 */
export class FeedChannel {
  readonly #followers = new Set<Follower>();
  readonly #rendered = new WeakMap<FeedEvent, Promise<Buffer>>();
  readonly #closing = new AbortController();
  #position: bigint;

  constructor(private readonly parts: FeedChannelParts) {
    setMaxListeners(0, this.#closing.signal);
    this.#position = parts.reader.position();
    void this.#run();
  }

  /** All that matches up to this sequence has been told to the followers. */
  get position(): bigint {
    return this.#position;
  }

  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** The same bytes for everybody who is told this event. */
  render(event: FeedEvent): Promise<Buffer> {
    const known = this.#rendered.get(event);
    if (known !== undefined) return known;
    const rendered = this.parts.render(event);
    this.#rendered.set(event, rendered);
    return rendered;
  }

  close(): void {
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { reader, filter } = this.parts;
    while (!signal.aborted) {
      try {
        const step = await reader.next(this.#position, filter, signal);
        if (step === null) return;
        for (const event of step.events) {
          const message = await this.render(event);
          this.#tell(event, message);
          this.#position = event.sequence;
        }
        this.#position = step.position;
      } catch (error) {
        for (const follower of this.#followers) follower.fail(error);
        this.#followers.clear();
        // Those that come later start behind it, and hear of the fault themselves.
        this.#position = reader.position();
      }
    }
  }

  #tell(event: FeedEvent, message: Buffer): void {
    let count = 0;
    for (const follower of this.#followers) {
      count += 1;
      if (!follower.take(event, message)) this.#followers.delete(follower);
    }
    if (count > 0) this.parts.onDelivered(count);
  }
}

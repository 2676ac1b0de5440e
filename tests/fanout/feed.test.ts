import fc from "fast-check";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { TrackerError } from "../../src/domain/errors.js";
import type { FeedEvent, FeedPage } from "../../src/domain/feed-event.js";
import type { FeedFilter } from "../../src/domain/feed-filter.js";
import type { Fanout } from "../../src/fanout/fanout.js";
import { type FeedReader, startFeedReader } from "../../src/fanout/feed-reader.js";
import { openFeedStream } from "../../src/fanout/feed-stream.js";
import { anEvent } from "../support/builders.js";
import { eventually } from "../support/eventually.js";
import { readLog } from "../support/feed.js";

const logger = pino({ level: "silent" });

/** The other side of the ports: a log of events, and a doorbell that rings only when told to. */
class World {
  readonly events: FeedEvent[] = [];
  readonly listeners = new Set<(sequence: bigint) => void>();
  reads = 0;
  failures = 0;

  readonly fanout: Fanout = {
    ring: async () => {},
    listen: async (listener) => {
      this.listeners.add(listener);
      return async () => {
        this.listeners.delete(listener);
      };
    },
    isReady: () => true,
    close: async () => {},
  };

  append(): void {
    this.events.push(anEvent({ sequence: BigInt(this.events.length + 1) }));
  }

  ring(sequence: bigint): void {
    for (const listener of this.listeners) listener(sequence);
  }

  readonly readEvents = async (
    after: bigint,
    limit: number,
    filter: FeedFilter,
  ): Promise<FeedPage> => {
    this.reads += 1;
    if (this.failures > 0) {
      this.failures -= 1;
      throw new TrackerError("DATABASE_UNAVAILABLE", "the database is away");
    }
    return readLog(this.events, after, limit, filter);
  };

  readonly latestSequence = async (): Promise<bigint> => BigInt(this.events.length);
}

describe("the feed", () => {
  const readers: FeedReader[] = [];
  afterEach(async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.stop()));
  });

  async function start(world: World, heartbeatMs = 5): Promise<FeedReader> {
    const reader = await startFeedReader({
      ...world,
      fanout: world.fanout,
      readEvents: world.readEvents,
      latestSequence: world.latestSequence,
      logger,
      heartbeatMs,
    });
    readers.push(reader);
    return reader;
  }

  /** A subscriber that collects until it leaves; resolves with what it got. */
  function collect(world: World, reader: FeedReader, after?: bigint) {
    const abort = new AbortController();
    const got: bigint[] = [];
    const stream = openFeedStream(
      { reader, latestSequence: world.latestSequence },
      { after, signal: abort.signal },
    );
    const done = (async () => {
      for await (const { sequence } of stream) got.push(sequence);
    })();
    return {
      got,
      async leave() {
        abort.abort();
        await done;
      },
    };
  }

  const upTo = (last: number, first = 1) =>
    Array.from({ length: last - first + 1 }, (_, index) => BigInt(first + index));

  it("reaches every subscriber whole, in order and once, whatever becomes of rings and subscribers", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("append" as const), times: fc.integer({ min: 1, max: 80 }) }),
      fc.record({ do: fc.constant("ring" as const), sequence: fc.nat(300) }),
      fc.record({ do: fc.constant("reconnect" as const), who: fc.nat(2) }),
      fc.record({ do: fc.constant("fail" as const), times: fc.integer({ min: 1, max: 2 }) }),
      fc.record({ do: fc.constant("breathe" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const world = new World();
        const reader = await startFeedReader({
          fanout: world.fanout,
          readEvents: world.readEvents,
          latestSequence: world.latestSequence,
          logger,
          heartbeatMs: 2,
        });
        const joined: bigint[][] = [[], [], []];
        const now = joined.map(() => collect(world, reader, 0n));
        const reconnect = async (who: number) => {
          const current = now[who];
          if (current === undefined) return;
          await current.leave();
          joined[who]?.push(...current.got);
          now[who] = collect(world, reader, joined[who]?.at(-1) ?? 0n);
        };
        for (const one of steps) {
          if (one.do === "append") for (let n = 0; n < one.times; n += 1) world.append();
          else if (one.do === "ring") world.ring(BigInt(one.sequence));
          else if (one.do === "fail") world.failures = one.times;
          else if (one.do === "reconnect") await reconnect(one.who);
          else await new Promise(setImmediate);
        }
        const expected = upTo(world.events.length);
        await eventually(() => {
          for (const [who, { got }] of now.entries()) {
            expect([...(joined[who] ?? []), ...got]).toEqual(expected);
          }
        });
        for (const one of now) await one.leave();
        await reader.stop();
        expect(world.listeners.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it("comes without a ring at the pace of the heartbeat, and at once with one", async () => {
    const world = new World();
    const reader = await start(world, 60_000);
    const subscriber = collect(world, reader);
    await eventually(() => expect(world.reads).toBe(1));
    world.append();
    world.ring(1n);
    await eventually(() => expect(subscriber.got).toEqual([1n]));
    await subscriber.leave();
  });

  it("reads the database once for a burst of rings, not once for each", async () => {
    const world = new World();
    const reader = await start(world, 60_000);
    await eventually(() => expect(world.reads).toBe(1));
    for (let n = 1; n <= 40; n += 1) {
      world.append();
      world.ring(BigInt(n));
    }
    await eventually(() => expect(reader.position()).toBe(40n));
    expect(world.reads).toBeLessThanOrEqual(4);
  });

  it("begins with what comes next for a subscriber without a cursor", async () => {
    const world = new World();
    for (let n = 0; n < 5; n += 1) world.append();
    const reader = await start(world);
    const subscriber = collect(world, reader);
    world.append();
    await eventually(() => expect(subscriber.got).toEqual([6n]));
    await subscriber.leave();
  });

  it("replays from a cursor far behind what is in memory", async () => {
    const world = new World();
    for (let n = 0; n < 1_000; n += 1) world.append();
    const reader = await start(world);
    const subscriber = collect(world, reader, 0n);
    for (let n = 0; n < 1_000; n += 1) world.append();
    await eventually(() => expect(subscriber.got).toEqual(upTo(2_000)));
    await subscriber.leave();
  });

  it("refuses a cursor beyond its end, and takes one that only another process has come to", async () => {
    const world = new World();
    const reader = await start(world, 60_000);
    await eventually(() => expect(world.reads).toBe(1));
    world.append(); // nobody rings here
    const ahead = collect(world, reader, 1n);
    const stream = openFeedStream(
      { reader, latestSequence: world.latestSequence },
      { after: 2n, signal: new AbortController().signal },
    );
    await expect(stream.next()).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { field: "after" },
    });
    world.append();
    world.ring(2n);
    await eventually(() => expect(ahead.got).toEqual([2n]));
    await ahead.leave();
  });
});

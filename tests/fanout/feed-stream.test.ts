import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FeedEvent } from "../../src/domain/feed-event.js";
import { EVERYTHING, type FeedFilter } from "../../src/domain/feed-filter.js";
import { type FeedReader, startFeedReader } from "../../src/fanout/feed-reader.js";
import { type FeedStreamOptions, openFeedStream } from "../../src/fanout/feed-stream.js";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { anEvent, aRepository } from "../support/builders.js";
import { eventually } from "../support/eventually.js";
import { readLog } from "../support/feed.js";

const logger = pino({ level: "silent" });

describe("a subscriber's stream", () => {
  let log: FeedEvent[];
  let reader: FeedReader;
  let unreadable: bigint | null;
  const fanout = createInProcessFanout({ logger });
  const leaving = new AbortController();

  const feed = {
    readEvents: async (after: bigint, limit: number, filter: FeedFilter) => {
      if (after === unreadable) throw new Error("the database is broken");
      return readLog(log, after, limit, filter);
    },
    latestSequence: async () => BigInt(log.length),
  };

  beforeEach(async () => {
    log = [];
    unreadable = null;
    reader = await startFeedReader({ ...feed, fanout, logger, heartbeatMs: 60_000 });
  });
  afterEach(() => reader.stop());

  async function append(repositoryId: number, times = 1): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      const repository = aRepository({ id: repositoryId });
      log.push(anEvent({ sequence: BigInt(log.length + 1), repository }));
    }
    await fanout.ring(BigInt(log.length));
  }

  const open = (options: Partial<FeedStreamOptions> = {}) =>
    openFeedStream({ ...feed, reader }, { signal: leaving.signal, ...options });

  it("leaves out what its filter refuses, and goes on behind it", async () => {
    const stream = open({ after: 0n, filter: { ...EVERYTHING, repositoryIds: new Set([7]) } });
    await append(1, 120);
    await append(7);
    await append(1, 400);
    await append(7);
    expect((await stream.next()).value).toMatchObject({ sequence: 121n });
    expect((await stream.next()).value).toMatchObject({ sequence: 522n });
  });

  it("misses nothing by being slower than the feed, however far it falls behind", async () => {
    const stream = open({ after: 0n });
    const got: bigint[] = [];
    for (let round = 0; round < 10; round += 1) {
      await append(1, 300);
      const { value } = await stream.next();
      if (value) got.push(value.sequence);
    }
    while (got.length < 3_000) {
      const { value } = await stream.next();
      if (value) got.push(value.sequence);
    }
    expect(got).toEqual(log.map(({ sequence }) => sequence));
  });

  it("ends quietly, while it waits, when its subscriber leaves", async () => {
    const abort = new AbortController();
    const waiting = open({ signal: abort.signal }).next();
    abort.abort();
    await expect(waiting).resolves.toEqual({ done: true, value: undefined });
  });

  it("ends quietly, while it waits, when the reader stops", async () => {
    const waiting = open().next();
    await reader.stop();
    await expect(waiting).resolves.toEqual({ done: true, value: undefined });
  });

  it("fails where the database does, and is taken up again from its last cursor", async () => {
    await append(1, 600);
    await eventually(() => expect(reader.position()).toBe(600n)); // more than memory keeps
    unreadable = 3n;
    await expect(open({ after: 3n }).next()).rejects.toThrow("the database is broken");
    unreadable = null;
    expect((await open({ after: 3n }).next()).value).toMatchObject({ sequence: 4n });
  });
});

import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TrackerError } from "../../src/domain/errors.js";
import type { FeedEvent, FeedPage } from "../../src/domain/feed-event.js";
import { EVERYTHING, type FeedFilter } from "../../src/domain/feed-filter.js";
import { type FeedReader, startFeedReader } from "../../src/fanout/feed-reader.js";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { anEvent, aRepository } from "../support/builders.js";
import { eventually } from "../support/eventually.js";
import { readLog } from "../support/feed.js";

const logger = pino({ level: "silent" });
const { signal } = new AbortController();
const ofSeven: FeedFilter = { ...EVERYTHING, repositoryIds: new Set([7]) };

describe("what comes next in the feed", () => {
  let log: FeedEvent[];
  let reads: { after: bigint; limit: number; filter: FeedFilter }[];
  let failure: Error | null;
  let reader: FeedReader;
  const fanout = createInProcessFanout({ logger });

  beforeEach(async () => {
    log = [];
    failure = null;
    reads = [];
    append(300);
    reader = await startFeedReader({
      async readEvents(after, limit, filter) {
        reads.push({ after, limit, filter });
        if (failure !== null) throw failure;
        return readLog(log, after, limit, filter);
      },
      latestSequence: async () => BigInt(log.length),
      fanout,
      logger,
      heartbeatMs: 60_000,
    });
    await eventually(() => expect(reads).toHaveLength(1));
  });
  afterEach(() => reader.stop());

  /** One in fifty is of repository 7. */
  function append(times: number): void {
    for (let n = 0; n < times; n += 1) {
      const sequence = BigInt(log.length + 1);
      const repository = aRepository({ id: sequence % 50n === 0n ? 7 : 1 });
      log.push(anEvent({ sequence, repository }));
    }
  }

  async function grow(times: number): Promise<void> {
    append(times);
    await fanout.ring(BigInt(log.length));
    await eventually(() => expect(reader.position()).toBe(BigInt(log.length)));
  }

  const sequences = (page: FeedPage | null) => page?.events.map(({ sequence }) => sequence);

  it("comes from memory where it is there, narrowed, without a read of the database", async () => {
    await grow(100);
    reads = [];
    const page = await reader.next(300n, ofSeven, signal);
    expect(page).toMatchObject({ position: 400n, isEnd: true });
    expect(sequences(page)).toEqual([350n, 400n]);
    expect(await reader.next(351n, ofSeven, signal)).toMatchObject({ position: 400n });
    expect(reads).toEqual([]);
  });

  it("comes fifty at a time, from memory as from the database", async () => {
    await grow(100);
    for (const after of [300n, 0n]) {
      const page = await reader.next(after, EVERYTHING, signal);
      expect(page).toMatchObject({ position: after + 50n, isEnd: false });
      expect(page?.events).toHaveLength(50);
    }
  });

  it("comes from the database for who is far behind, only what the filter asks for", async () => {
    reads = [];
    const page = await reader.next(20n, ofSeven, signal);
    expect(sequences(page)).toEqual([50n, 100n, 150n, 200n, 250n, 300n]);
    expect(page).toMatchObject({ position: 300n, isEnd: true });
    expect(reads).toEqual([{ after: 20n, limit: 50, filter: ofSeven }]);
  });

  it("is read once for all who ask for the same at once", async () => {
    reads = [];
    const asked = Array.from({ length: 100 }, () =>
      reader.next(20n, { ...ofSeven, repositoryIds: new Set([7]) }, signal),
    );
    asked.push(reader.next(20n, EVERYTHING, signal));
    const pages = await Promise.all(asked);
    expect(reads.map(({ filter }) => filter.repositoryIds)).toEqual([new Set([7]), null]);
    expect(new Set(pages).size).toBe(2);
    await reader.next(20n, ofSeven, signal);
    expect(reads).toHaveLength(3);
  });

  it("is waited for, and moves on also where nothing of it is asked for", async () => {
    const waiting = reader.next(300n, ofSeven, signal);
    await grow(1);
    expect(await waiting).toEqual({ events: [], position: 301n, isEnd: true });
  });

  it("waits for a database that is away, and fails where it is broken", async () => {
    failure = new TrackerError("DATABASE_UNAVAILABLE", "away");
    const waiting = reader.next(0n, EVERYTHING, signal);
    await eventually(() => expect(reads.length).toBeGreaterThan(3));
    failure = null;
    expect((await waiting)?.events).toHaveLength(50);
    failure = new Error("broken");
    await expect(reader.next(0n, EVERYTHING, signal)).rejects.toThrow("broken");
  });

  it("is nothing, quietly, for who leaves: while waiting, and while the database is away", async () => {
    const leaving = new AbortController();
    const waiting = reader.next(300n, EVERYTHING, leaving.signal);
    failure = new TrackerError("DATABASE_UNAVAILABLE", "away");
    const trying = reader.next(0n, EVERYTHING, leaving.signal);
    await eventually(() => expect(reads.length).toBeGreaterThan(2));
    leaving.abort();
    expect(await Promise.all([waiting, trying])).toEqual([null, null]);
    expect(await reader.next(0n, EVERYTHING, leaving.signal)).toBeNull();
  });

  it("is nothing, quietly, once the reader stops", async () => {
    failure = new TrackerError("DATABASE_UNAVAILABLE", "away");
    const waiting = reader.next(300n, EVERYTHING, signal);
    const trying = reader.next(0n, EVERYTHING, signal);
    await reader.stop();
    expect(await Promise.all([waiting, trying])).toEqual([null, null]);
  });
});

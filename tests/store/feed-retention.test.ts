import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EVERYTHING } from "../../src/domain/feed-filter.js";
import { startFeedReader } from "../../src/fanout/feed-reader.js";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { startPruning } from "../../src/scheduler/pruning.js";
import { findCommit } from "../../src/store/commits/commit-reader.js";
import { pruneFeed } from "../../src/store/feed/feed-pruning.js";
import { readEvents, readFeedStatus } from "../../src/store/feed/feed-store.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { eventually } from "../support/eventually.js";
import { readFeed } from "../support/feed.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const HOUR_MS = 3_600_000;

describe("a feed that keeps its events for an hour", () => {
  let test: TestDatabase;
  let id: number;
  const commits = line(1, 3);
  const [newest] = commits;
  beforeEach(async () => {
    test = await createTestDatabase();
    id = await storeRepository(test.database, "octo", "one");
    await storeEvent(test.database, id, commits); // 1
    await storeEvent(test.database, id, [], { orphanedOids: [newest?.oid ?? ""] }); // 2
    await storeEvent(test.database, id, line(2, 1), { restoredOids: [newest?.oid ?? ""] }); // 3
    await storeEvent(test.database, id, line(3, 1)); // 4
  });
  afterEach(() => test[Symbol.asyncDispose]());

  /** Makes the first events look as if they had been stored two hours ago. */
  async function age(upTo: bigint): Promise<void> {
    await test.database.primary.$executeRaw`
      update feed_event set ingested_at = now() - interval '2 hours' where sequence <= ${upTo}`;
  }

  const prune = (limit = 100) =>
    test.database.transaction((tx) => pruneFeed(tx, { olderThanMs: HOUR_MS, limit }));
  const status = () => readFeedStatus(test.database);

  it("keeps what is younger, and everything until there is something older", async () => {
    expect(await prune()).toBe(0);
    expect(await status()).toEqual({ sequence: 4n, oldestSequence: 1n });
    await age(2n);
    expect(await prune()).toBe(2);
    expect(await status()).toEqual({ sequence: 4n, oldestSequence: 3n });
    const kept = await readFeed(test.database, { after: 2n });
    expect(kept.map(({ sequence }) => sequence)).toEqual([3n, 4n]);
    expect(kept[0]).toMatchObject({ restoredOids: [newest?.oid] });
  });

  it("lets go of a bounded number at a time", async () => {
    await age(4n);
    expect([await prune(3), await prune(3), await prune(3)]).toEqual([3, 1, 0]);
    expect(await status()).toEqual({ sequence: 4n, oldestSequence: null });
  });

  it("keeps one that is younger than the next, rather than leave a hole", async () => {
    await test.database.primary.$executeRaw`
      update feed_event set ingested_at = now() - interval '2 hours' where sequence <> 2`;
    expect(await prune()).toBe(1);
    expect((await readFeed(test.database, { after: 1n })).length).toBe(3);
  });

  it("leaves commits their sequence and when they were first seen, and nothing else of an event", async () => {
    const before = await findCommit(test.database, id, newest?.oid ?? "");
    await age(3n);
    await prune();
    expect(await findCommit(test.database, id, newest?.oid ?? "")).toEqual({
      ...before,
      firstSeenAt: expect.any(Date),
    });
    const { primary } = test.database;
    const events = await primary.feedEvent.findMany({ orderBy: { sequence: "asc" } });
    expect(events.map(({ sequence }) => sequence)).toEqual([1n, 3n, 4n]);
    expect(events.map(({ restoredOids }) => restoredOids)).toEqual([[], [], []]);
    const authors = await primary.feedAuthor.findMany();
    expect(new Set(authors.map(({ sequence }) => sequence))).toEqual(new Set([4n]));
  });

  it("keeps no event of a repository that was removed since", async () => {
    await age(4n);
    await prune();
    await removeRepository({ database: test.database }, id);
    expect(await test.database.primary.feedEvent.count()).toBe(0);
  });

  it.each([0n, 1n])("refuses a cursor from before: %s", async (after) => {
    await age(2n);
    await prune();
    for (const filter of [EVERYTHING, { ...EVERYTHING, author: "nobody" }]) {
      await expect(readEvents(test.database, after, 50, filter)).rejects.toMatchObject({
        code: "CURSOR_EXPIRED",
        details: { field: "after", oldestSequence: 3n },
        message: expect.stringMatching(/oldest event is 3\..*after: "2"/),
      });
    }
  });

  it("refuses to go on with a replay that it has overtaken, and takes the next cursor", async () => {
    const page = await readEvents(test.database, 0n, 1);
    await age(4n);
    await prune();
    await expect(readEvents(test.database, page.position, 1)).rejects.toMatchObject({
      code: "CURSOR_EXPIRED",
      details: { oldestSequence: 5n },
    });
    await storeEvent(test.database, id, line(4, 1));
    expect(await readFeed(test.database, { after: 4n })).toMatchObject([{ sequence: 5n }]);
  });

  it("is pruned while events are written, without a hole, by any number of processes", async () => {
    const logger = pino({ level: "silent" });
    const pruning = [1, 2].map(() =>
      startPruning({ database: test.database, retentionMs: 50, logger }),
    );
    for (let n = 10; n < 60; n += 1) await storeEvent(test.database, id, line(n, 1));
    const { sequence } = await status();
    expect(sequence).toBe(54n);
    await eventually(async () => expect((await status()).oldestSequence).toBeNull());
    await Promise.all(pruning.map((one) => one.stop()));
    await storeEvent(test.database, id, line(60, 1));
    expect(await readFeed(test.database, { after: sequence })).toMatchObject([{ sequence: 55n }]);
  });

  it("is taken up by a process that was cut off for longer, and refused to who waited there", async () => {
    const logger = pino({ level: "silent" });
    const fanout = createInProcessFanout({ logger });
    let isAway = false;
    let underWay = 0;
    const reader = await startFeedReader({
      readEvents: async (...given) => {
        if (isAway) throw new Error("away");
        underWay += 1;
        return await readEvents(test.database, ...given).finally(() => {
          underWay -= 1;
        });
      },
      latestSequence: async () => (await status()).sequence,
      fanout,
      logger,
      heartbeatMs: 20,
    });
    const { signal } = new AbortController();
    const waiting = reader.next(4n, EVERYTHING, signal);
    const refused = expect(waiting).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
    isAway = true;
    await eventually(() => expect(underWay).toBe(0));
    for (let n = 5; n < 8; n += 1) await storeEvent(test.database, id, line(n, 1));
    await age(6n);
    await prune();
    isAway = false;
    await refused;
    await eventually(() => expect(reader.position()).toBe(7n));
    expect(await reader.next(6n, EVERYTHING, signal)).toMatchObject({ position: 7n });
    await reader.stop();
  });
});

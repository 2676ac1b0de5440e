import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EVERYTHING } from "../../src/domain/feed-filter.js";
import { startFeedReader } from "../../src/fanout/feed-reader.js";
import { openFeedStream } from "../../src/fanout/feed-stream.js";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { fillAll } from "../../src/projections/fill-projection.js";
import { PROJECTIONS } from "../../src/projections/projections.js";
import { startPruning } from "../../src/scheduler/pruning.js";
import { noticeRestore, resumeFeed } from "../../src/store/feed/feed-restore.js";
import { readEvents, readFeedStatus } from "../../src/store/feed/feed-store.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { eventually } from "../support/eventually.js";
import { readFeed } from "../support/feed.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const logger = pino({ level: "silent" });
const BACKUP_END = 3n;
const LOST_END = 6n;

describe("a feed whose database is restored from a backup", () => {
  let lost: TestDatabase;
  let backup: TestDatabase;
  let restored: TestDatabase;
  let id: number;
  let seed = 0;

  const store = (test: TestDatabase) => {
    seed += 1;
    return storeEvent(test.database, id, line(seed, 1));
  };
  const notice = (test: TestDatabase) => test.database.transaction(noticeRestore);
  const sequences = async (after: bigint, limit = 50) =>
    (await readFeed(restored.database, { after, limit })).map(({ sequence }) => sequence);

  beforeEach(async () => {
    lost = await createTestDatabase();
    id = await storeRepository(lost.database, "octo", "one");
    expect(await notice(lost)).toBeNull();
    for (let n = 0n; n < BACKUP_END; n += 1n) await store(lost);
    await lost.database.close();
    backup = await createTestDatabase({ copyOf: lost });
    await backup.database.close();
    lost = { ...lost, database: (await createTestDatabase({ copyOf: backup })).database };
    for (let n = BACKUP_END; n < LOST_END; n += 1n) await store(lost);
    restored = await createTestDatabase({ copyOf: backup });
  });
  afterEach(async () => {
    for (const test of [restored, backup, lost]) await test[Symbol.asyncDispose]();
  });

  it("is noticed by whatever starts first, once", async () => {
    const gaps = await Promise.all([notice(restored), notice(restored), notice(restored)]);
    const [gap, ...others] = gaps.filter((one) => one !== null);
    expect(others).toEqual([]);
    expect(gap?.after).toBe(BACKUP_END);
    expect(await notice(restored)).toBeNull();
    expect(await readFeedStatus(restored.database)).toMatchObject({ sequence: gap?.upTo });
  });

  it("gives no sequence out twice, from however many backups of backups", async () => {
    const first = await notice(restored);
    const given = [await store(restored), await store(restored)];
    const again = await createTestDatabase({ copyOf: backup });
    const second = await notice(again);
    given.push(await store(again));
    await again[Symbol.asyncDispose]();
    expect(second?.after).toBe(BACKUP_END);
    expect(given.every((sequence) => sequence > LOST_END)).toBe(true);
    expect(new Set(given).size).toBe(given.length);
    expect([...given].sort((a, b) => Number(a - b))).toEqual(given);
    expect(Number.isSafeInteger(Number(given.at(-1)))).toBe(true);
    expect(given[0]).toBe((first?.upTo ?? 0n) + 1n);
  });

  it.each([1, 2, 3, 50])("is read whole over the gap, %i at a time", async (limit) => {
    await notice(restored);
    const after = [await store(restored), await store(restored)];
    expect(await sequences(0n, limit)).toEqual([1n, 2n, 3n, ...after]);
    expect(await sequences(2n, limit)).toEqual([3n, ...after]);
    expect(await sequences(BACKUP_END, limit)).toEqual(after);
    await restored.database.transaction(resumeFeed);
    const last = await store(restored);
    expect(await sequences(0n, limit)).toEqual([1n, 2n, 3n, ...after, last]);
  });

  it("is read over the gap with any filter, as without", async () => {
    await notice(restored);
    const last = await store(restored);
    for (const filter of [
      { ...EVERYTHING, repositoryIds: new Set([id]) },
      { ...EVERYTHING, kinds: new Set(["LIVE"] as const) },
      { ...EVERYTHING, author: "author 0" },
    ]) {
      const events = await readFeed(restored.database, { filter });
      expect(events.map(({ sequence }) => sequence)).toEqual([1n, 2n, 3n, last]);
    }
  });

  it.each([4n, 5n, LOST_END, 1_000n])(
    "refuses the lost cursor %i, and says where it goes on",
    async (cursor) => {
      const gap = await notice(restored);
      const refused = {
        code: "CURSOR_EXPIRED",
        details: { oldestSequence: (gap?.upTo ?? 0n) + 1n },
      };
      for (const filter of [EVERYTHING, { ...EVERYTHING, repositoryIds: new Set([id]) }]) {
        await expect(readEvents(restored.database, cursor, 50, filter)).rejects.toMatchObject(
          refused,
        );
      }
      const next = await store(restored);
      await expect(readEvents(restored.database, cursor, 50)).rejects.toMatchObject(refused);
      expect(await sequences(gap?.upTo ?? 0n)).toEqual([next]);
    },
  );

  it("fills what is derived from the commits, and is pruned, over the gap", async () => {
    await notice(restored);
    const last = await store(restored);
    for (const projection of PROJECTIONS) await fillAll(restored.database, projection);
    const marks = await restored.database.primary.projection.findMany();
    expect(marks.map(({ sequence }) => sequence)).toEqual(PROJECTIONS.map(() => last));
    await restored.database.primary.$executeRaw`
      update feed_event set ingested_at = now() - interval '2 hours' where sequence < ${last}`;
    const pruning = startPruning({ database: restored.database, retentionMs: 3_600_000, logger });
    await eventually(async () =>
      expect((await readFeedStatus(restored.database)).oldestSequence).toBe(last),
    );
    await pruning.stop();
    expect(await sequences(last - 1n)).toEqual([last]);
  });

  describe.each([{ isNoticed: true }, { isNoticed: false }])(
    "under a process that lives (noticed: $isNoticed)",
    ({ isNoticed }) => {
      it("goes on for who has seen nothing of what is lost, and is refused to who has", async () => {
        const fanout = createInProcessFanout({ logger });
        let now = lost.database;
        const latestSequence = async () => (await readFeedStatus(now)).sequence;
        const reader = await startFeedReader({
          readEvents: (after, limit, filter) => readEvents(now, after, limit, filter),
          ...{ latestSequence, fanout, logger, heartbeatMs: 20 },
        });
        const leaving = new AbortController();
        const follow = (after: bigint, filter = EVERYTHING) =>
          openFeedStream({ reader, latestSequence }, { after, filter, signal: leaving.signal });
        const live = follow(LOST_END);
        const ofOthers = follow(LOST_END, { ...EVERYTHING, repositoryIds: new Set([id + 1]) });
        const waiting = [live.next(), ofOthers.next()];
        await eventually(() => expect(reader.position()).toBe(LOST_END));
        const refused = waiting.map((next) =>
          expect(next).rejects.toMatchObject({ code: "CURSOR_EXPIRED" }),
        );
        if (isNoticed) await notice(restored);
        now = restored.database;
        await Promise.all(refused);
        const status = await readFeedStatus(now);
        await eventually(() => expect(reader.position()).toBe(status.sequence));
        const behind = follow(BACKUP_END);
        const sequence = await store(restored);
        expect((await behind.next()).value?.sequence).toBe(sequence);
        leaving.abort();
        await reader.stop();
      });
    },
  );
});

import fc from "fast-check";
import pg from "pg";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Repository } from "../../src/domain/repository.js";
import { REPOSITORY_WORK, WALK_KINDS } from "../../src/domain/work.js";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import {
  type RepositoryChanges,
  startRepositoryChanges,
} from "../../src/fanout/repository-changes.js";
import { databaseError } from "../../src/postgres/database-error.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { findChanges, readVersions } from "../../src/store/repositories/change-reader.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { storeRepository } from "../api/rows.js";
import { eventually } from "../support/eventually.js";
import { explain } from "../support/explain.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { setWork } from "../support/work.js";

const logger = pino({ level: "silent" });
const { signal } = new AbortController();

describe("repositories as they change", () => {
  let test: TestDatabase;
  let ids: number[];
  let changes: RepositoryChanges;
  let looks: number;
  let isAway: boolean;
  const fanout = createInProcessFanout({ logger });
  const opened: { end(): Promise<void> }[] = [];

  beforeEach(async () => {
    test = await createTestDatabase({ connectionsMax: 12 });
    ids = [];
    looks = 0;
    isAway = false;
    for (const name of ["one", "two", "three"]) {
      ids.push(await storeRepository(test.database, "octo", name));
    }
    changes = await start(50);
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.end();
    await changes.stop();
    await test[Symbol.asyncDispose]();
  });

  const start = (heartbeatMs: number) =>
    startRepositoryChanges({
      findChanges: (since) => {
        looks += 1;
        if (isAway) return Promise.reject(databaseError(new Error("Connection terminated")));
        return findChanges(test.database, since);
      },
      readVersions: (some) => readVersions(test.database, some),
      fanout,
      logger,
      heartbeatMs,
    });

  /** A consumer that takes whatever comes. */
  function follow(named: readonly number[] | null) {
    const got: Repository[] = [];
    const stream = changes.subscribe(named && new Set(named), signal);
    const done = (async () => {
      for await (const repository of stream) got.push(repository);
    })();
    const one = {
      got,
      done,
      latest: (id: number) => got.findLast((repository) => repository.id === id),
      async end() {
        await stream.return?.();
        await done;
      },
    };
    opened.push(one);
    return one;
  }

  const at = (place: number): number => ids[place] ?? 0;
  const setCount = (id: number, commitCount: number) =>
    test.database.primary.repository.update({ where: { id }, data: { commitCount } });

  /** Until it is told of a change: it does not begin at the moment it is called. */
  async function followAll() {
    const all = follow(null);
    let count = 1_000;
    await eventually(async () => {
      count += 1;
      await setCount(at(2), count);
      expect(all.got.length).toBeGreaterThan(0);
    });
    return all;
  }

  it("come first as they are, each that is named, then as they change", async () => {
    const one = follow([at(0), at(1)]);
    await eventually(() => expect(one.got.map(({ id }) => id)).toEqual([at(0), at(1)]));
    await setCount(at(2), 5);
    await setCount(at(1), 7);
    await eventually(() => expect(one.latest(at(1))).toMatchObject({ commitCount: 7 }));
    expect(one.got).toHaveLength(3);
  });

  it("come when a transaction commits late, behind later ones that were seen", async () => {
    const all = await followAll();
    const late = new pg.Client({ connectionString: test.url });
    await late.connect();
    await late.query("begin");
    await late.query("update repository set commit_count = 11 where id = $1", [at(0)]);
    for (let count = 1; count <= 3; count += 1) {
      await setCount(at(1), count);
      await eventually(() => expect(all.latest(at(1))).toMatchObject({ commitCount: count }));
    }
    await late.query("commit");
    await late.end();
    await eventually(() => expect(all.latest(at(0))).toMatchObject({ commitCount: 11 }));
    const counts = all.got.filter(({ id }) => id === at(1)).map(({ commitCount }) => commitCount);
    expect(counts.filter((count) => count > 0)).toEqual([1, 2, 3]); // each once, though looked at again behind the open one
  });

  it("are in the end what is stored, whatever transactions overlap, wait for each other, or fail", async () => {
    const write = fc.record({
      places: fc.uniqueArray(fc.nat(2), { minLength: 1 }),
      pauseMs: fc.nat(30),
      fails: fc.boolean(),
    });
    const all = await followAll();
    const some = follow([at(0), at(1)]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(write, { maxLength: 4 }), { minLength: 2, maxLength: 5 }),
        async (writers) => {
          await Promise.all(
            writers.map(async (writes) => {
              for (const { places, pauseMs, fails } of writes) {
                const work = test.database.transaction(async (tx) => {
                  for (const place of places.toSorted()) {
                    await tx.$executeRaw`
                      update repository set commit_count = commit_count + 1 where id = ${at(place)}`;
                    await tx.$executeRaw`select pg_sleep(${pauseMs / 1_000}::float8)`;
                  }
                  if (fails) throw new Error("rolled back");
                });
                await work.catch((error: Error) => expect(error.message).toBe("rolled back"));
              }
            }),
          );
          const stored = await readVersions(test.database, ids);
          await eventually(() => {
            for (const { id, repository } of stored) {
              expect(all.latest(id)?.commitCount ?? 0).toBe(repository?.commitCount);
              if (id !== at(2)) expect(some.latest(id)).toEqual(repository);
            }
          });
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);

  it("come once, as they are in the end, to a consumer that was slow", async () => {
    const stream = changes.subscribe(new Set([at(0), at(1)]), signal);
    expect((await stream.next()).value).toMatchObject({ id: at(0), commitCount: 0 });
    expect((await stream.next()).value).toMatchObject({ id: at(1) });
    const quick = follow([at(0)]);
    for (let count = 1; count <= 5; count += 1) {
      await setCount(at(0), count);
      await eventually(() => expect(quick.latest(at(0))).toMatchObject({ commitCount: count }));
    }
    await setCount(at(1), 9);
    const next = [await stream.next(), await stream.next()].map(({ value }) => value);
    expect(next).toMatchObject([
      { id: at(0), commitCount: 5 },
      { id: at(1), commitCount: 9 },
    ]);
    await stream.return?.();
  });

  it("come at once with a ring, and without one at the heartbeat", async () => {
    await changes.stop();
    changes = await start(60_000);
    const one = follow([at(0)]);
    await eventually(() => expect(one.got).toHaveLength(1));
    await setCount(at(0), 3);
    await fanout.ring(1n);
    await eventually(() => expect(one.latest(at(0))).toMatchObject({ commitCount: 3 }));
  });

  it("tell of a removal once, and end when all that are named are removed", async () => {
    const both = follow([at(0), at(1)]);
    const one = follow([at(0)]);
    const all = await followAll();
    await eventually(() => expect(both.got).toHaveLength(2));
    const statesOf = ({ got }: { got: readonly Repository[] }, id: number) =>
      got.filter((repository) => repository.id === id).map(({ state }) => state);
    const open = new pg.Client({ connectionString: test.url });
    await open.connect();
    await open.query("begin");
    await open.query("select pg_current_xact_id()"); // every look finds what comes after it
    await removeRepository({ database: test.database }, at(0));
    await one.done;
    expect(statesOf(one, at(0))).toEqual(["PENDING", "REMOVED"]);
    expect(one.got.at(-1)).toMatchObject({ owner: "octo", name: "one", headOid: null });
    for (const count of [4, 5]) {
      await setCount(at(1), count);
      await eventually(() => expect(both.latest(at(1))).toMatchObject({ commitCount: count }));
      await eventually(() => expect(all.latest(at(1))).toMatchObject({ commitCount: count }));
    }
    await open.query("commit");
    await open.end();
    expect(statesOf(both, at(0))).toEqual(["PENDING", "REMOVED"]);
    expect(statesOf(all, at(0)).filter((state) => state === "REMOVED")).toHaveLength(1);
    const gone = follow([at(0)]);
    await gone.done;
    expect(statesOf(gone, at(0))).toEqual(["REMOVED"]);
  });

  it("end quietly for who leaves, is sent away, or is there when it stops", async () => {
    const leaving = new AbortController();
    const waiting = [
      changes.subscribe(null, signal),
      changes.subscribe(new Set([at(0)]), leaving.signal),
      changes.subscribe(null, signal),
    ];
    await waiting[1]?.next();
    const ended = waiting.map(async (stream) => {
      for await (const { id } of stream) expect(ids).toContain(id); // just made, they may be news
      return "quietly";
    });
    await waiting[0]?.return?.();
    leaving.abort();
    await changes.stop();
    expect(await Promise.all(ended)).toEqual(waiting.map(() => "quietly"));
    expect((await changes.subscribe(null, signal).next()).done).toBe(true);
  });

  it("are looked at only while somebody listens, and current for who comes later", async () => {
    expect(looks).toBe(0);
    const one = follow([at(0)]);
    await eventually(() => expect(looks).toBeGreaterThan(2));
    await one.end();
    await setCount(at(0), 8);
    const again = follow([at(0)]);
    await eventually(() => expect(again.got).toMatchObject([{ commitCount: 8 }]));
  });

  it("are waited for while the database is away", async () => {
    const one = follow([at(0)]);
    await eventually(() => expect(one.got).toHaveLength(1));
    isAway = true;
    await setCount(at(0), 6);
    const before = looks;
    await eventually(() => expect(looks).toBeGreaterThan(before + 1));
    isAway = false;
    await eventually(() => expect(one.latest(at(0))).toMatchObject({ commitCount: 6 }));
  });
});

describe("a repository's change", () => {
  it("is of what is shown of state, names, progress and head, not of the schedule", async () => {
    await using test = await createTestDatabase();
    const { primary } = test.database;
    const id = await storeRepository(test.database, "octo", "one");
    const xid = async () =>
      (await primary.repository.findUniqueOrThrow({ where: { id } })).changedXid;
    let before = await xid();
    expect(before).toBeGreaterThan(0n);
    for (const data of [
      { lookedAt: new Date() },
      { rateWeight: 3, watchedUntil: new Date() },
      { commitCount: 0 },
    ]) {
      await primary.repository.update({ where: { id }, data });
      expect(await xid()).toBe(before);
    }
    for (const kind of REPOSITORY_WORK) {
      await setWork(test.database, kind, id, { dueAt: new Date() });
      for (const data of [
        { dueAt: new Date(), claimedUntil: new Date(), doneAt: new Date() },
        { reason: "WATCHED" as const, rate: 3, isHeld: true },
        { attempts: 0 },
      ]) {
        await setWork(test.database, kind, id, data);
        expect(await xid()).toBe(before);
      }
    }
    for (const data of [
      { state: "ACTIVE" as const },
      { owner: "other" },
      { name: "other" },
      { defaultBranch: "main" },
      { headOid: Buffer.alloc(20) },
      { frontier: [Buffer.alloc(20)] },
      { commitCount: 5 },
      { orphanedCount: 1 },
      { isArchived: true },
      { isPrivate: true },
      { trackFrom: new Date() },
      { removedAt: new Date() },
    ]) {
      await primary.repository.update({ where: { id }, data });
      const now = await xid();
      expect(now, JSON.stringify(data)).toBeGreaterThan(before);
      before = now;
    }
    for (const kind of ["check", ...WALK_KINDS] as const) {
      for (const data of [
        { attempts: 1, failure: { lastError: "no" } },
        { failure: { lastError: "again" } },
        { attempts: 0, failure: Prisma.DbNull },
      ]) {
        await setWork(test.database, kind, id, data);
        const now = await xid();
        expect(now, `${kind} ${JSON.stringify(data)}`).toBeGreaterThan(before);
        before = now;
      }
    }
  });

  it("is found by an index, not among all repositories", async () => {
    await using test = await createTestDatabase();
    const { primary } = test.database;
    await primary.$executeRaw`
      insert into repository (owner, name) select 'o', 'n' || i from generate_series(1, 20000) i`;
    const { horizon } = await findChanges(test.database, null);
    await primary.$executeRaw`update repository set commit_count = 1 where id <= 10`;
    await primary.$executeRaw`analyze repository`;
    const { changed } = await findChanges(test.database, horizon);
    expect(changed).toHaveLength(10);
    const plan = await explain(test.database, (liveReader) => findChanges({ liveReader }, horizon));
    expect(plan.join("\n")).toMatch(/Index Scan \(repository_changed_xid_idx\)/);
    expect(plan.join("\n")).not.toContain("Seq Scan");
  });
});

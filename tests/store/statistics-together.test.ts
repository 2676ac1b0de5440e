import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor, Commit } from "../../src/domain/commit.js";
import type { Transaction } from "../../src/postgres/database.js";
import { fillAll, fillNext } from "../../src/projections/fill-projection.js";
import { STATISTICS } from "../../src/projections/statistics-projection.js";
import { readActivity } from "../../src/store/commits/activity-reader.js";
import { listTopAuthors } from "../../src/store/commits/author-reader.js";
import { deleteSlice } from "../../src/store/commits/commit-deletion.js";
import { countFlipped } from "../../src/store/statistics/statistics-store.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { storeEvent, storeRepository } from "../api/rows.js";
import { expectStatisticsKept } from "../support/authors.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const ROUNDS = 8;
const COMMITS = 30;
const START = Date.UTC(2021, 0, 1);

const actors: Actor[] = Array.from({ length: 7 }, (_, index) => ({
  ...{ name: `Author ${index}`, email: `a${index}@example.org`, avatarUrl: null },
  login: index % 2 === 0 ? `login-${index % 4}` : null,
}));

let made = 0;
function commits(): Commit[] {
  return Array.from({ length: COMMITS }, () => {
    made += 1;
    const at = new Date(START + (made % 400) * 3 * 86_400_000);
    const author = actors[made % actors.length] as Actor;
    const oid = made.toString(16).padStart(40, "0");
    return {
      ...{ oid, parents: [], message: "m", author, committer: author },
      ...{ authoredAt: at, committedAt: at },
    };
  });
}

describe("statistics, changed by many at once", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase({ connectionsMax: 16 });
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  /** As whoever writes a repository's pages does. */
  async function inTurn<T>(id: number, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return await test.database.transaction(
      async (tx) => {
        await tx.$executeRaw`select from repository where id = ${id} for update`;
        return await work(tx);
      },
      { lockTimeoutMs: 10_000 },
    );
  }

  /** Makes half of what is reachable an orphan, or half of the orphans reachable. */
  async function flip(id: number, isReachable: boolean): Promise<void> {
    await inTurn(id, async (tx) => {
      const rows = await tx.$queryRaw<{ oid: string }[]>`
        update commit set reachable = ${isReachable}
         where repository_id = ${id} and reachable <> ${isReachable} and get_byte(oid, 19) % 2 = 0
        returning encode(oid, 'hex') as oid`;
      const oids = rows.map(({ oid }) => oid);
      await countFlipped(tx, id, oids, { isReachable });
    });
  }

  async function reset(id: number, from: Date): Promise<void> {
    const slice = { reachableFrom: from, orphansFrom: from, orphanOids: [] };
    await inTurn(id, (tx) => deleteSlice(tx, id, slice));
  }

  it("are right when all have ended, and right of what nobody changed all the while", async () => {
    const { database } = test;
    const add = (name: string) => storeRepository(database, "octo", name);
    const still = await add("still");
    for (let page = 0; page < ROUNDS; page += 1) await storeEvent(database, still, commits());
    const busy = await Promise.all(["one", "two", "three", "four"].map(add));
    const going = await Promise.all(["gone", "going"].map(add));
    for (const id of [...busy, ...going]) await storeEvent(database, id, commits());
    const working = { isOver: false };

    const store = async (id: number) => {
      for (let round = 0; round < ROUNDS; round += 1) await storeEvent(database, id, commits());
    };
    const rewrite = async (id: number) => {
      for (let round = 0; round < ROUNDS; round += 1) await flip(id, round % 2 === 1);
    };
    const resetAll = async (id: number) => {
      for (let round = ROUNDS; round > 0; round -= 1) {
        await reset(id, new Date(START + round * 90 * 86_400_000));
      }
    };
    const fill = async () => {
      while (!working.isOver) await fillNext(database, { ...STATISTICS, commitsMax: 40 });
    };
    const read = async () => {
      const range = { since: new Date(START + 86_400_000), until: null };
      const page = { count: 20, from: "start", after: null, before: null } as const;
      const months = { since: new Date(START), until: new Date(START + 1_500 * 86_400_000) };
      while (!working.isOver) {
        const top = (await listTopAuthors(database, [still], range, page)).get(still) ?? [];
        const activity = await readActivity(database, [still], { ...months, interval: "MONTH" });
        const counted = top.reduce((total, { commitCount }) => total + commitCount, 0);
        const active = (activity.get(still) ?? []).reduce(
          (n, { commitCount }) => n + commitCount,
          0,
        );
        expect([counted, active]).toEqual([ROUNDS * COMMITS, ROUNDS * COMMITS]);
        await listTopAuthors(database, [null], range, page);
      }
    };
    const ended = Promise.all([
      ...busy.map(store),
      ...busy.map(rewrite),
      ...busy.slice(0, 2).map(resetAll),
      ...going.map(store).map((stored) => stored.catch(() => {})), // until it is removed
      ...going.map((id) => removeRepository({ database }, id)),
    ]).finally(() => {
      working.isOver = true;
    });
    await Promise.all([ended, fill(), fill(), read()]);
    for (const id of [still, ...busy, ...going]) await expectStatisticsKept(database, id);
    await fillAll(database, STATISTICS);
    for (const id of [still, ...busy, ...going]) await expectStatisticsKept(database, id);
  }, 120_000);
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Commit } from "../../src/domain/commit.js";
import { storePage } from "../../src/ingest/store-page.js";
import { readEvents, readFeedStatus } from "../../src/store/feed/feed-store.js";
import { insertRepositories } from "../../src/store/repositories/added-repositories.js";
import { readWalk } from "../../src/store/work/walk-store.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const scheduleOf = () => ({ delayMs: 60_000, checkRate: 1e-6, reason: "RATE" as const });
const actor = { name: "A", email: "a@example.org", login: null, avatarUrl: null };
const date = new Date("2024-05-01T10:00:00Z");

function oid(repository: number, index: number): string {
  return `${repository.toString(16).padStart(8, "0")}${index.toString(16).padStart(32, "0")}`;
}

/** A linear history, head first. */
function history(repository: number, length: number): Commit[] {
  return Array.from({ length }, (_, place) => {
    const index = length - 1 - place;
    return {
      oid: oid(repository, index),
      parents: index === 0 ? [] : [oid(repository, index - 1)],
      message: `change ${index}`,
      author: actor,
      authoredAt: date,
      committer: actor,
      committedAt: date,
    };
  });
}

describe("a page's transaction", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test[Symbol.asyncDispose]());

  async function repositoryAt(head: string, name: string): Promise<number> {
    const { database } = test;
    const [row] = await database.transaction((tx) =>
      insertRepositories(tx, [{ owner: "o", name }], { trackFrom: null }),
    );
    if (!row?.created) throw new Error("name taken");
    const { id } = row.repository;
    await observe(id, head);
    return id;
  }

  async function observe(id: number, head: string): Promise<void> {
    await test.database.primary.$executeRaw`
      update repository set node_id = ${`R_${id}`}, observed_oid = decode(${head}, 'hex'),
             state = 'BACKFILLING', frontier = array[decode(${head}, 'hex')] where id = ${id}`;
  }

  const store = (id: number, commits: readonly Commit[], hasNextPage: boolean, generation = 0) =>
    test.database.transaction((tx) =>
      storePage(tx, {
        repositoryId: id,
        generation,
        step: { kind: "history" as const, oid: commits[0]?.oid ?? "", after: null },
        page: {
          commits,
          odd: [],
          totalCount: null,
          endCursor: `${commits[0]?.oid} ${commits.length - 1}`,
          hasNextPage,
        },
        kind: "BACKFILL",
        by: "backfill",
        scheduleOf,
      }),
    );

  it("stores commits, frontier, head and event together", async () => {
    const commits = history(1, 3);
    const id = await repositoryAt(oid(1, 2), "together");
    const first = await store(id, commits.slice(0, 2), true);
    expect(first).toMatchObject({ insertedCount: 2, isComplete: false });
    const walk = await readWalk(test.database.primary, id);
    expect(walk).toMatchObject({
      frontier: [oid(1, 0)],
      headOid: null,
      walkOid: oid(1, 2),
      walkAfter: `${oid(1, 2)} 1`,
      state: "BACKFILLING",
    });
    const last = await store(id, commits, false);
    expect(last).toMatchObject({ insertedCount: 1, isComplete: true });
    expect(await readWalk(test.database.primary, id)).toMatchObject({
      frontier: [],
      headOid: oid(1, 2),
      walkOid: null,
      state: "ACTIVE",
    });
    const sequence = last?.sequence ?? 0n;
    const [event] = (await readEvents(test.database, sequence - 1n, 1)).events;
    expect(event).toMatchObject({ sequence, kind: "BACKFILL", headOid: oid(1, 2) });
    expect(event?.commits.map((commit) => commit.oid)).toEqual([oid(1, 0)]);
  });

  it("stores nothing twice when a page is delivered again", async () => {
    const commits = history(2, 3);
    const id = await repositoryAt(oid(2, 2), "again");
    await store(id, commits, false);
    const before = await readFeedStatus(test.database);
    const again = await store(id, commits, false);
    expect(again).toMatchObject({ insertedCount: 0, sequence: null });
    expect(await test.database.primary.commit.count({ where: { repositoryId: id } })).toBe(3);
    expect(await readFeedStatus(test.database)).toMatchObject({ sequence: before.sequence });
  });

  it("changes nothing under an older generation", async () => {
    const id = await repositoryAt(oid(3, 2), "stale");
    await test.database.primary.repository.update({ where: { id }, data: { generation: 1 } });
    const before = await readWalk(test.database.primary, id);
    expect(await store(id, history(3, 3), false, 0)).toBeNull();
    expect(await readWalk(test.database.primary, id)).toEqual(before);
    expect(await test.database.primary.commit.count({ where: { repositoryId: id } })).toBe(0);
  });

  it("leaves no trace when it is rolled back half-way, its sequence included", async () => {
    const id = await repositoryAt(oid(4, 2), "rollback");
    const before = await readFeedStatus(test.database);
    const failed = test.database.transaction(async (tx) => {
      await storePage(tx, {
        repositoryId: id,
        generation: 0,
        step: { kind: "history" as const, oid: oid(4, 2), after: null },
        page: {
          commits: history(4, 3),
          odd: [],
          totalCount: null,
          endCursor: null,
          hasNextPage: false,
        },
        kind: "LIVE",
        by: "backfill",
        scheduleOf,
      });
      throw new Error("the worker died here");
    });
    await expect(failed).rejects.toThrow("the worker died here");
    expect(await readFeedStatus(test.database)).toEqual(before);
    expect(await test.database.primary.commit.count({ where: { repositoryId: id } })).toBe(0);
  });

  it("keeps messages and names of any script, and dates far from today", async () => {
    const text = '🚀 emoji, עברית, "quotes", {braces}, back\\slash, NULL, \\N\n\ttab';
    const odd: Commit = {
      oid: oid(5, 0),
      parents: [],
      message: text,
      author: { name: text, email: "", login: "ünï", avatarUrl: null },
      authoredAt: new Date("1970-01-01T00:00:00Z"),
      committer: actor,
      committedAt: new Date("2100-12-31T23:59:59Z"),
    };
    const id = await repositoryAt(oid(5, 0), "odd");
    const stored = await store(id, [odd], false);
    const before = (stored?.sequence ?? 1n) - 1n;
    const [event] = (await readEvents(test.database, before, 1)).events;
    expect(event?.commits[0]).toMatchObject(odd);
  });

  it("gives sequences without holes, in commit order, to pages written at once", async () => {
    const before = (await readFeedStatus(test.database)).sequence;
    const repositories = await Promise.all(
      [6, 7, 8, 9].map(async (seed) => ({
        seed,
        id: await repositoryAt(oid(seed, 19), `many-${seed}`),
      })),
    );
    const seen: bigint[] = [];
    const writers = repositories.map(async ({ seed, id }) => {
      const commits = history(seed, 20);
      for (let start = 0; start < commits.length; start += 1) {
        const page = await store(id, commits.slice(start, start + 1), true);
        if (page?.sequence != null) seen.push(page.sequence);
      }
    });
    // A reader that pages by sequence while they write, as the API does.
    const read: bigint[] = [];
    let cursor = before;
    let isDone = false;
    const reading = (async () => {
      while (!isDone || read.length < 80) {
        const { events, position } = await readEvents(test.database, cursor, 7);
        for (const { sequence } of events) read.push(sequence);
        cursor = position;
      }
    })();
    await Promise.all(writers);
    isDone = true;
    await reading;
    const expected = Array.from({ length: 80 }, (_, index) => before + BigInt(index) + 1n);
    expect(read).toEqual(expected);
    expect([...seen].sort((a, b) => Number(a - b))).toEqual(expected);
  });
});

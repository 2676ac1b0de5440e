import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Commit } from "../../src/domain/commit.js";
import { storePage } from "../../src/ingest/store-page.js";
import type { Transaction } from "../../src/postgres/database.js";
import { rewriteAuthors } from "../../src/store/commits/author-store.js";
import { findCommit } from "../../src/store/commits/commit-reader.js";
import { readEvents, readFeedStatus } from "../../src/store/feed/feed-store.js";
import { insertRepositories } from "../../src/store/repositories/added-repositories.js";
import { readWalk } from "../../src/store/work/walk-store.js";
import { storeEvent, storeRepository } from "../api/rows.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { lockRepository } from "../support/row-lock.js";

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

  const named = (commits: readonly Commit[], names: readonly [name: string, email: string][]) =>
    commits.map((commit, index): Commit => {
      const [name, email] = names[index] ?? ["", ""];
      const own = { ...actor, name, email };
      return { ...commit, author: own, committer: own };
    });

  it("names everybody as they are, however names and e-mails fit together", async () => {
    const names: [string, string][] = [
      ["1", "abcdefghi14xxxxxxxxxxxxxx"],
      ["25abcdefghi", "xxxxxxxxxxxxxx"],
      [":1", "0"],
      ["1", ":0"],
      ["", "1"],
      ["0", ""],
    ];
    const commits = named(history(71, names.length), names);
    const id = await repositoryAt(commits[0]?.oid ?? "", "fitting");
    await store(id, commits, false);
    for (const commit of commits) {
      expect(await findCommit(test.database, id, commit.oid)).toMatchObject({
        author: commit.author,
        committer: commit.committer,
      });
    }
    const authors = () =>
      test.database.primary.$queryRaw<{ hash: bigint }[]>`
        select author_hash from author where repository_id = ${id} order by author_hash`;
    const before = await authors();
    expect(before).toHaveLength(names.length);
    // As one of before has it, whose name begins with a digit.
    await test.database.primary.$executeRaw`
      with moved as (update actor set hash = 5 where repository_id = ${id} and name = '25abcdefghi' returning 1)
      update commit c set author_hash = 5, committer_hash = 5
        from actor a where a.repository_id = ${id} and a.name = '25abcdefghi'
         and c.repository_id = ${id} and c.author_hash = a.hash`;
    await test.database.transaction((tx) => rewriteAuthors(tx, id));
    expect(await authors()).toHaveLength(names.length);
  });

  it("is stored though two names have one hash", async () => {
    await using alike = await createTestDatabase();
    const { database } = alike;
    // Found before PostgreSQL's own, which takes a bigint.
    await database.primary.$executeRaw`
      create function hashtextextended(text, int) returns bigint language sql as 'select 7::bigint'`;
    const commits = named(history(72, 2), [
      ["one", "one@example.org"],
      ["two", "two@example.org"],
    ]);
    const id = await storeRepository(database, "o", "alike");
    await storeEvent(database, id, commits);
    await database.transaction((tx) => rewriteAuthors(tx, id));
    for (const { oid } of commits) {
      expect(await findCommit(database, id, oid)).toMatchObject({ author: { name: "one" } });
    }
  });

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

  it("is four statements, of a first page, a page in between and the last", async () => {
    const commits = history(10, 60);
    const id = await repositoryAt(oid(10, 59), "statements");
    for (const [from, to] of [
      [0, 20],
      [20, 40],
    ] as const) {
      const sent = await countStatements((tx) => write(tx, id, commits.slice(from, to), true));
      expect(sent).toBe(4);
    }
    // The end of a first history asks for its verification where it was long, and that is all.
    expect(await countStatements((tx) => write(tx, id, commits.slice(40), false))).toBe(5);
    expect(await readWalk(test.database.primary, id)).toMatchObject({ headOid: oid(10, 59) });
    await observe(id, oid(11, 1));
    const pushed: Commit[] = history(11, 2).map((commit, place) => ({
      ...commit,
      parents: place === 0 ? [oid(11, 0)] : [oid(10, 59)],
    }));
    expect(await countStatements((tx) => write(tx, id, pushed, false))).toBe(4);
  });

  it("knows what was stored while it waited for the row", async () => {
    const commits = history(12, 4);
    const id = await repositoryAt(oid(12, 3), "waited");
    const lock = await lockRepository(test.url, id);
    const waiting = store(id, commits, false);
    await lock.waitedFor(1);
    // As the page of another walk leaves it.
    await lock.query(`
      insert into commit (event_id, position, repository_id, oid, parents, message, author_hash,
                          authored_at, committed_at)
      values (nextval('feed_event_id_seq'), 0, ${id}, '\\x${oid(12, 0)}', '{}', 'm', 0, now(), now())`);
    await lock.query(`update repository set commit_count = 1, frontier = array['\\x${oid(12, 3)}'::bytea]
                       where id = ${id}`);
    await lock.release();
    expect(await waiting).toMatchObject({ insertedCount: 3, isComplete: true });
    const { commitCount } = await test.database.primary.repository.findUniqueOrThrow({
      where: { id },
    });
    expect(commitCount).toBe(4);
  });

  it("spreads a large page over events of a bounded size, in its order", async () => {
    const commits = history(13, 2_300);
    const id = await repositoryAt(oid(13, 2_299), "large");
    const before = (await readFeedStatus(test.database)).sequence;
    expect(await store(id, commits, false)).toMatchObject({
      insertedCount: 2_300,
      isComplete: true,
      sequence: before + 3n,
    });
    let position = before;
    const read: string[] = [];
    for (const size of [1_000, 1_000, 300]) {
      const [event] = (await readEvents(test.database, position, 1)).events;
      expect(event?.commits.map((commit) => commit.position)).toEqual(
        Array.from({ length: size }, (_, index) => index),
      );
      read.push(...(event?.commits ?? []).map((commit) => commit.oid));
      position += 1n;
    }
    expect(read).toEqual(commits.map((commit) => commit.oid));
    const long = history(14, 4).map((commit) => ({ ...commit, message: "x".repeat(400_000) }));
    const other = await repositoryAt(oid(14, 3), "long");
    expect(await store(other, long, false)).toMatchObject({ sequence: before + 5n });
  });

  it("names everybody once a repository, with the avatar seen last", async () => {
    const id = await repositoryAt(oid(15, 3), "people");
    const person = (avatarUrl: string | null) => ({ ...actor, name: "Ada", avatarUrl });
    const commits = history(15, 4).map((commit, place) => ({
      ...commit,
      author: person(["https://old.example/1", null, "https://new.example/1", null][place] ?? null),
    }));
    await store(id, commits.slice(0, 1), true);
    await store(id, commits.slice(1, 2), true);
    await store(id, commits.slice(2), false);
    const stored = await Promise.all(
      commits.map((commit) => findCommit(test.database, id, commit.oid)),
    );
    expect(stored.map((commit) => commit?.author)).toEqual(
      commits.map(() => person("https://new.example/1")),
    );
    expect(stored.map((commit) => commit?.committer)).toEqual(commits.map(() => actor));
    expect(await test.database.primary.actor.count({ where: { repositoryId: id } })).toBe(2);
  });

  function write(tx: Transaction, id: number, commits: readonly Commit[], hasNextPage: boolean) {
    return storePage(tx, {
      ...{ repositoryId: id, generation: 0, kind: "BACKFILL", by: "backfill", scheduleOf },
      step: { kind: "history", oid: commits[0]?.oid ?? "", after: null },
      page: { commits, odd: [], totalCount: null, endCursor: commits[0]?.oid ?? null, hasNextPage },
    });
  }

  /** Beside those that begin and end the transaction. */
  async function countStatements(work: (tx: Transaction) => Promise<unknown>): Promise<number> {
    let count = 0;
    await test.database.transaction(async (tx) => {
      const counting = new Proxy(tx, {
        get(target, name: keyof Transaction) {
          if (name === "$queryRaw" || name === "$executeRaw") count += 1;
          return target[name];
        },
      });
      expect(await work(counting)).not.toBeNull();
    });
    return count;
  }
});

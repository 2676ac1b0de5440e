import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PAGE_LOCK_MS } from "../../src/domain/work.js";
import type { TaskQueue } from "../../src/queue/queue.js";
import { listTopAuthors } from "../../src/store/commits/author-reader.js";
import { countCommits } from "../../src/store/commits/commit-count.js";
import { listCommitsByDate } from "../../src/store/commits/commit-reader.js";
import { lockWhenFree } from "../../src/store/repositories/row-lock.js";
import { pauseRepository } from "../../src/tracking/pause-repository.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { CutShort, cutShort } from "../support/cut-short.js";
import { readFeed } from "../support/feed.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { lockRepository, lockRows } from "../support/row-lock.js";

const EVER = { since: null, until: null };
const TEN = { count: 10, from: "start", after: null, before: null } as const;
const ALL = { repositoryId: null, reachable: null };
/** That a removal of the second repository deletes. */
const FEED_ROWS = "select from feed_author where sequence = 2 for update";
const PAGE = { count: 100, direction: "DESC", from: "start" } as const;

describe("the removal of a repository", () => {
  let test: TestDatabase;
  let id: number;
  beforeEach(async () => {
    test = await createTestDatabase();
    await storeEvent(
      test.database,
      await storeRepository(test.database, "octo", "other"),
      line(1, 3),
    );
    id = await storeRepository(test.database, "octo", "gone");
    const commits = line(2, 20);
    await storeEvent(test.database, id, commits);
    await storeEvent(test.database, id, [], { orphanedOids: [commits[0]?.oid ?? ""] });
  });
  afterEach(() => test[Symbol.asyncDispose]());

  /** What queries about everything show. */
  async function shown() {
    const { database } = test;
    const commits = await listCommitsByDate(database, ALL, { after: null, before: null }, PAGE);
    const authors = await listTopAuthors(database, [null], EVER, TEN);
    const events = await readFeed(database);
    return {
      commits: commits.length,
      counted: (await countCommits(database, ALL)).count,
      authored: (authors.get(null) ?? []).reduce(
        (total, { commitCount }) => total + commitCount,
        0,
      ),
      announced: events.flatMap((event) => event.commits).length,
      isFound: (await database.primary.repositoryName.count({ where: { repositoryId: id } })) > 0,
    };
  }
  const before = { commits: 23, counted: 23, authored: 22, announced: 23, isFound: true };
  const after = { commits: 3, counted: 3, authored: 3, announced: 3, isFound: false };

  async function expectNothingLeft(): Promise<void> {
    expect(await shown()).toEqual(after);
    const { author, commit, feedAuthor, work } = test.database.primary;
    expect(await commit.count({ where: { repositoryId: id } })).toBe(0);
    expect(await author.count({ where: { repositoryId: id } })).toBe(0);
    expect(await work.count({ where: { subjectId: id, kind: { not: "listing" } } })).toBe(0);
    const others = await feedAuthor.findMany({
      distinct: ["sequence"],
      select: { sequence: true },
    });
    expect(others).toEqual([{ sequence: 1n }]);
  }

  it("is whole or not at all for whoever reads, wherever it is cut short", async () => {
    let isOver = false;
    for (let atStatement = 1; !isOver; atStatement += 1) {
      expect(await shown()).toEqual(before);
      const cut = cutShort(test.database, atStatement);
      const removal = removeRepository({ database: cut }, id);
      isOver = await removal.then(
        (count) => count === 20,
        (error: unknown) => {
          if (!(error instanceof CutShort)) throw error;
          return false;
        },
      );
    }
    await expectNothingLeft();
  });

  it("lets pages and mutations through while its commits are deleted, and takes along what they add", async () => {
    const other = await lockRows(test.url, FEED_ROWS);
    const removal = removeRepository(test, id);
    await other.reachedBy("delete from feed_author");
    expect(await shown()).toEqual(before);
    await pauseRepository(test, id);
    await storeEvent(test.database, id, line(3, 2));
    await other.release();
    expect(await removal).toBe(22);
    const { announced, ...rest } = await shown();
    expect({ announced, ...rest }).toEqual(after);
  });

  it("waits for the page that is being written, and takes it along", async () => {
    const page = await lockRepository(test.url, id);
    const removal = removeRepository(test, id);
    await page.reachedBy("for update skip locked");
    expect(await shown()).toEqual(before);
    await page.release();
    expect(await removal).toBe(20);
    await expectNothingLeft();
  });

  it("outlasts a page that waits for commits which it has deleted", async () => {
    const page = await lockRepository(test.url, id);
    const removal = removeRepository(test, id);
    await page.reachedBy("for update skip locked");
    await page.query(`set local lock_timeout = ${PAGE_LOCK_MS}`);
    const rewrite = page.query(`update commit set reachable = false where repository_id = ${id}`);
    await expect(rewrite).rejects.toMatchObject({ code: "55P03" });
    await page.release();
    expect(await removal).toBe(20);
    await expectNothingLeft();
  });

  it("and a reset of the same repository come one after the other", async () => {
    const logger = pino({ level: "silent" });
    const queue = { publish: async () => {} } as unknown as TaskQueue;
    const other = await lockRows(test.url, FEED_ROWS);
    const removal = removeRepository(test, id);
    await other.reachedBy("delete from feed_author");
    const request = { repositoryId: id, from: new Date(0), dryRun: false };
    const reset = resetCommits({ database: test.database, queue, logger }, request);
    const isRefused = expect(reset).rejects.toMatchObject({ code: "NOT_FOUND" });
    await other.reachedBy("pg_advisory_xact_lock");
    await other.release();
    expect(await removal).toBe(20);
    await isRefused;
    await expect(removeRepository(test, id)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("is told that the repository is busy where the row does not come free", async () => {
    const page = await lockRepository(test.url, id);
    const waiting = test.database.transaction((tx) => lockWhenFree(tx, id, { withinMs: 100 }));
    await expect(waiting).rejects.toMatchObject({ code: "BUSY" });
    await page.release();
    await test.database.transaction((tx) => lockWhenFree(tx, id, { withinMs: 100 }));
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scopeOf } from "../../src/domain/repository-scope.js";
import type { Database } from "../../src/postgres/database.js";
import { fillAll } from "../../src/projections/fill-projection.js";
import { STATISTICS } from "../../src/projections/statistics-projection.js";
import { WORDS } from "../../src/projections/word-projection.js";
import { readActivity } from "../../src/store/commits/activity-reader.js";
import { countAuthors, listTopAuthors } from "../../src/store/commits/author-reader.js";
import { countCommits } from "../../src/store/commits/commit-count.js";
import type { CommitFilter } from "../../src/store/commits/commit-filter.js";
import type { Page } from "../../src/store/commits/commit-order.js";
import { listCommitsByArrival, listCommitsByDate } from "../../src/store/commits/commit-reader.js";
import { limitedTo } from "../../src/store/limited-database.js";
import { findKeys, type RepositoryOrder } from "../../src/store/repositories/repository-reader.js";
import { type AnyReader, countRowsRead } from "../support/explain.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const REPOSITORIES = 5_000;
/** The first twenty repositories have commits, of fifty authors in turn; one commit in 500 is an orphan. */
const EVENTS = 2_000;
const COMMITS_AN_EVENT = 40;

const FILTERS: Record<string, Partial<CommitFilter>> = {
  "no filter": {},
  "a repository": { repositoryId: 2 },
  "an author": { author: "login-7" },
  "a repository and an author": { repositoryId: 2, author: "login-7" },
  "a time": { since: new Date(Date.UTC(2024, 0, 2)), until: new Date(Date.UTC(2024, 0, 2, 1)) },
  "an author and a time": { author: "login-7", since: new Date(Date.UTC(2024, 0, 2)) },
  "a word": { words: ["word7"] },
  "a word in a repository": { words: ["word7"], repositoryId: 2 },
  orphans: { reachable: false },
  "orphans of a repository": { reachable: false, repositoryId: 2 },
  "both reachable and not": { reachable: null },
};

/** A database of which all that reads is one reader. */
function readBy(reader: AnyReader): Database {
  return new Proxy({} as Database, { get: () => reader });
}

describe("plans of the read path", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
    const { primary } = test.database;
    await primary.$executeRaw`
      insert into repository (owner, name, last_commit_at)
      select 'octo', 'repository-' || i, timestamptz '2024-01-01Z' + i * interval '1 hour'
        from generate_series(1, ${REPOSITORIES}::int) i`;
    await primary.$executeRaw`
      insert into feed_event (id, sequence, kind, repository_id)
      select i, i, 'BACKFILL', 1 + i % 20 from generate_series(1, ${EVENTS}::int) i`;
    await primary.$executeRaw`
      insert into commit (event_id, position, repository_id, oid, parents, message, author_hash,
             committer_hash, authored_at, committed_at, reachable)
      select e.id, p, e.repository_id, substring(sha224((e.id * 100 + p)::text::bytea), 1, 20), '{}',
             'word' || (e.id + p) % 1000, n, n, at, at, (e.id * 7 + p) % 500 <> 0
        from feed_event e cross join generate_series(0, ${COMMITS_AN_EVENT - 1}::int) p
       cross join lateral (
         select (e.id / 20 + p) % 50 as n,
                timestamptz '2024-01-01Z' + (e.id * 40 + p) * interval '1 minute' as at) as made`;
    await primary.$executeRaw`
      insert into actor (repository_id, hash, name, email, login)
      select distinct repository_id, author_hash, 'name', 'person-' || author_hash,
             'login-' || author_hash
        from commit`;
    await primary.$executeRaw`
      insert into author (repository_id, author_hash, name_key, email_key, login_key, person_key)
      select a.repository_id, a.hash, name, email, login, '@' || login
        from actor a`;
    await fillAll(test.database, WORDS);
    await fillAll(test.database, STATISTICS);
    for (const table of ["commit", "feed_event", "actor", "author", "repository"]) {
      await primary.$executeRawUnsafe(`vacuum (analyze) ${table}`);
    }
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  const read = (query: (reader: AnyReader) => Promise<unknown>) =>
    countRowsRead(test.database, "commit", query);
  const KEY = {
    committedAt: new Date(Date.UTC(2024, 0, 10)),
    repositoryId: 2,
    oid: "a".repeat(40),
    sequence: 500n,
    position: 3,
  };
  const STRETCHES = [
    { after: null, before: null },
    { after: KEY, before: null },
    { after: null, before: KEY },
  ];
  const PAGES: readonly Page[] = [
    { count: 20, direction: "ASC", from: "start" },
    { count: 20, direction: "DESC", from: "start" },
    { count: 20, direction: "DESC", from: "end" },
  ];
  const everyPage = STRETCHES.flatMap((stretch) => PAGES.map((page) => ({ stretch, page })));

  describe.each(Object.entries(FILTERS))("with %s", (_what, given) => {
    const filter: CommitFilter = { repositoryId: null, reachable: true, ...given };

    it.each<[string, typeof listCommitsByDate | typeof listCommitsByArrival, number]>([
      // A page's worth of each spelling and repository, and the page; or what is gathered and sorted.
      ["date", listCommitsByDate, 600],
      ["arrival", listCommitsByArrival, 2_000],
    ])("a page by %s looks at few rows, wherever it is", async (_order, list, rowsMax) => {
      for (const { stretch, page } of everyPage) {
        const rows = await read((reader) => list({ reader }, filter, stretch, page));
        expect(rows).toBeLessThanOrEqual(rowsMax);
      }
    });

    it("counting looks at few rows", async () => {
      const rows = await read((reader) => countCommits({ reader }, filter));
      expect(rows).toBeLessThanOrEqual(25_000); // both the commits that it stops at and their index
    });
  });

  describe("statistics of three repositories look at nothing but theirs", () => {
    const OF = [2, 3, 4];
    const AUTHORS = 50;
    const DAY = {
      since: new Date(Date.UTC(2024, 0, 9)),
      until: new Date(Date.UTC(2024, 0, 9, 23, 59, 59)),
    };
    const PAGE = { count: 3, from: "start", after: null, before: null } as const;
    const rowsOf = (table: string, query: (reader: AnyReader) => Promise<unknown>) =>
      countRowsRead(test.database, table, query);

    it("from counters, where no time is asked for", async () => {
      const always = { since: null, until: null };
      for (const query of [
        (reader: AnyReader) => listTopAuthors({ reader }, OF, always, PAGE),
        (reader: AnyReader) => countAuthors({ reader }, OF, always),
      ]) {
        expect(await rowsOf("author", query)).toBeLessThanOrEqual(2 * OF.length * AUTHORS);
        expect(await rowsOf("commit", query)).toBe(0);
      }
    });

    it("from the commits of a time", async () => {
      const commits = (OF.length * 1_440) / 20;
      for (const query of [
        (reader: AnyReader) => listTopAuthors({ reader }, OF, DAY, PAGE),
        (reader: AnyReader) => countAuthors({ reader }, OF, DAY),
        (reader: AnyReader) => readActivity({ reader }, OF, { ...DAY, interval: "DAY" }),
      ]) {
        expect(await rowsOf("commit", query)).toBeLessThanOrEqual(2 * commits);
        expect(await rowsOf("author", query)).toBeLessThanOrEqual(2 * OF.length * AUTHORS);
      }
    });
  });

  describe.each(Object.entries(FILTERS))("for a limited key, with %s", (_what, given) => {
    const filter: CommitFilter = { repositoryId: null, reachable: true, ...given };
    const scope = scopeOf(["octo/repository-2", "octo/repository-3", "octo/repository-900"]);
    const limited = (reader: AnyReader) => scope && limitedTo(readBy(reader), scope);

    it.each<[string, typeof listCommitsByDate | typeof listCommitsByArrival, number]>([
      ["date", listCommitsByDate, 600],
      ["arrival", listCommitsByArrival, 2_000],
    ])("a page by %s looks at few rows, wherever it is", async (_order, list, rowsMax) => {
      for (const { stretch, page } of everyPage) {
        const rows = await read(async (reader) =>
          list(limited(reader) ?? { reader }, filter, stretch, page),
        );
        expect(rows).toBeLessThanOrEqual(rowsMax);
      }
    });

    it("counting looks at few rows", async () => {
      const rows = await read(async (reader) =>
        countCommits(limited(reader) ?? { reader }, filter),
      );
      expect(rows).toBeLessThanOrEqual(25_000);
    });
  });

  it("statistics of a limited key look at the commits of its repositories alone", async () => {
    const scope = scopeOf(["octo/repository-2"]);
    const limited = (reader: AnyReader) => scope && limitedTo(readBy(reader), scope);
    const [since, until] = [new Date(Date.UTC(2024, 0, 1)), new Date(Date.UTC(2025, 0, 1))];
    const range = { since, until };
    const page = { count: 10, from: "start", after: null, before: null } as const;
    const own = (EVENTS * COMMITS_AN_EVENT) / 20;
    const counted = await read(async (reader) =>
      readActivity(limited(reader) ?? { reader }, [null], { ...range, interval: "MONTH" }),
    );
    expect(counted).toBeLessThanOrEqual(own);
    const ranked = await read(async (reader) =>
      listTopAuthors(limited(reader) ?? { reader }, [null], range, page),
    );
    expect(ranked).toBeLessThanOrEqual(own);
  });

  it.each<RepositoryOrder>(["ADDED", "NAME", "ACTIVITY"])(
    "a page of repositories by %s looks at as many as it shows",
    async (order) => {
      const after = { id: 3, value: order === "NAME" ? "octo/a" : "2024-01-01T00:00:00.000Z" };
      for (const page of PAGES) {
        const rows = await countRowsRead(test.database, "repository", (reader) =>
          findKeys(reader, {}, { ...page, order, after, before: null }),
        );
        expect(rows).toBeLessThanOrEqual(page.count + 1);
      }
    },
  );
});

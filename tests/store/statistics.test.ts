import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { spellingKeys } from "../../src/domain/author-key.js";
import { type Interval, startOf } from "../../src/domain/calendar.js";
import type { Actor, Commit } from "../../src/domain/commit.js";
import { scopeOf } from "../../src/domain/repository-scope.js";
import { fillAll, fillNext, rebuildProjection } from "../../src/projections/fill-projection.js";
import { STATISTICS } from "../../src/projections/statistics-projection.js";
import { readActivity } from "../../src/store/commits/activity-reader.js";
import { countAuthors, listTopAuthors } from "../../src/store/commits/author-reader.js";
import { countCommits } from "../../src/store/commits/commit-count.js";
import { deleteSlice } from "../../src/store/commits/commit-deletion.js";
import { limitedTo } from "../../src/store/limited-database.js";
import type { AuthorKey, AuthorPage } from "../../src/store/statistics/author-order.js";
import { countFlipped, holdStatistics } from "../../src/store/statistics/statistics-store.js";
import { sumUpRepository } from "../../src/store/statistics/summed-up.js";
import { recountCommits } from "../../src/store/work/history-check.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { storeEvent, storeRepository } from "../api/rows.js";
import { expectStatisticsKept } from "../support/authors.js";
import { type AnyReader, countRowsRead } from "../support/explain.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

/** What a repository should have: nothing but a list. */
interface Stored {
  readonly repository: number;
  readonly commit: Commit;
  isReachable: boolean;
}

const SUBJECTS = [0, 1, 2];
const DAY_MS = 86_400_000;

const actors: Actor[] = [0, 1, 2, 3, 4, 5].map((index) => ({
  name: `Author ${index % 4}`,
  email: index === 5 ? "" : `author${index % 3}@example.org`,
  login: index % 2 === 0 ? `login-${index % 4}` : null,
  avatarUrl: null,
}));

/** Most in some years, some where dates begin and end, many in one second or at the edge of a day. */
const date = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: Date.UTC(2019, 0), max: Date.UTC(2022, 0) }) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }).map((day) => Date.UTC(2020, 0, day)) },
    { weight: 1, arbitrary: fc.constantFrom(Date.UTC(2020, 1, 29), Date.UTC(2020, 1, 29) - 1_000) },
    { weight: 1, arbitrary: fc.constantFrom(-62_135_596_800_000, 253_402_300_799_000, -1_000, 0) },
  )
  .map((at) => new Date(Math.floor(at / 1_000) * 1_000));

const drawnCommit = fc.record({ author: fc.constantFrom(...actors), committedAt: date });

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("store" as const),
      repository: fc.constantFrom(...SUBJECTS),
      commits: fc.array(drawnCommit, { minLength: 1, maxLength: 40 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("fill" as const),
      commitsMax: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("fill all" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("flip" as const),
      repository: fc.constantFrom(...SUBJECTS),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("reset" as const),
      repository: fc.constantFrom(...SUBJECTS),
      from: date,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("sum up" as const),
      repository: fc.constantFrom(...SUBJECTS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("remove" as const),
      repository: fc.constantFrom(...SUBJECTS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("break and verify" as const),
      repository: fc.constantFrom(...SUBJECTS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("empty" as const) }) },
);

const question = fc.record({
  since: fc.option(date),
  until: fc.option(date),
  count: fc.integer({ min: 1, max: 4 }),
  from: fc.constantFrom("start" as const, "end" as const),
  interval: fc.constantFrom<Interval>("DAY", "WEEK", "MONTH"),
  activeSince: date,
  activeDays: fc.integer({ min: 0, max: 900 }),
});

function groupBy<Key, Value>(
  values: readonly Value[],
  keyOf: (value: Value) => Key,
): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values)
    groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

describe("statistics", () => {
  let test: TestDatabase;
  let ids: number[] = [];
  let stored: Stored[] = [];
  let made = 0;
  let named = 0;

  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  async function begin(): Promise<void> {
    const { primary } = test.database;
    for (const id of ids) await removeRepository({ database: test.database }, id).catch(() => {});
    await primary.$executeRaw`update repository set owner = 'gone' where id = any(${ids}::int[])`;
    stored = [];
    ids = [];
    for (const index of SUBJECTS) ids.push(await add(index));
  }

  async function add(index: number): Promise<number> {
    named += 1;
    return await storeRepository(test.database, index === 2 ? "hidden" : "shown", `r${named}`);
  }
  beforeEach(begin);

  const own = (repository: number) => stored.filter((one) => one.repository === repository);
  const idOf = (repository: number) => ids[repository] ?? 0;

  async function take(drawn: typeof step extends fc.Arbitrary<infer Step> ? Step : never) {
    const { database } = test;
    if (drawn.what === "fill") {
      await fillNext(database, { ...STATISTICS, commitsMax: drawn.commitsMax });
      return;
    }
    if (drawn.what === "fill all") return await fillAll(database, STATISTICS);
    if (drawn.what === "empty") {
      expect(await rebuildProjection(database, STATISTICS)).toBe(true);
      return;
    }
    const id = idOf(drawn.repository);
    if (drawn.what === "store") {
      const commits = drawn.commits.map(({ author, committedAt }): Commit => {
        made += 1;
        const oid = made.toString(16).padStart(40, "0");
        const dates = { authoredAt: committedAt, committedAt };
        return { oid, parents: [], message: "m", author, committer: author, ...dates };
      });
      await storeEvent(database, id, commits);
      for (const commit of commits) {
        stored.push({ repository: drawn.repository, commit, isReachable: true });
      }
    } else if (drawn.what === "flip") {
      const flipped = own(drawn.repository).filter((_, index) => (index * 0.618) % 1 < drawn.part);
      for (const isReachable of [true, false]) {
        const which = flipped.filter((one) => one.isReachable !== isReachable);
        const oids = which.map(({ commit }) => commit.oid);
        await database.transaction(async (tx) => {
          await tx.$executeRaw`
            update commit set reachable = ${isReachable}
             where repository_id = ${id} and encode(oid, 'hex') = any(${oids}::text[])`;
          await countFlipped(tx, id, oids, { isReachable });
        });
        for (const one of flipped) if (which.includes(one)) one.isReachable = isReachable;
        if (isReachable) break; // once a step: what was unreachable
      }
      const gone = flipped.filter((one, index) => one.isReachable && index % 2 === 0);
      const oids = gone.map(({ commit }) => commit.oid);
      await database.transaction(async (tx) => {
        await tx.$executeRaw`
          update commit set reachable = false
           where repository_id = ${id} and encode(oid, 'hex') = any(${oids}::text[])`;
        await countFlipped(tx, id, oids, { isReachable: false });
      });
      for (const one of gone) one.isReachable = false;
    } else if (drawn.what === "reset") {
      const slice = { reachableFrom: drawn.from, orphansFrom: drawn.from, orphanOids: [] };
      await database.transaction((tx) => deleteSlice(tx, id, slice));
      stored = stored.filter(
        ({ repository, commit }) =>
          repository !== drawn.repository || commit.committedAt < drawn.from,
      );
    } else if (drawn.what === "sum up") {
      await database.transaction(async (tx) => sumUpRepository(tx, id, await holdStatistics(tx)));
    } else if (drawn.what === "remove") {
      expect(await removeRepository({ database }, id)).toBe(own(drawn.repository).length);
      stored = stored.filter(({ repository }) => repository !== drawn.repository);
      ids[drawn.repository] = await add(drawn.repository);
    } else {
      await database.primary.$executeRaw`
        update author set reachable_count = reachable_count + 1 where repository_id = ${id}`;
      await database.transaction((tx) => recountCommits(tx, id));
    }
  }

  interface Person extends AuthorKey {
    readonly firstCommitAt: Date;
    /** Of their newest commits. */
    readonly authors: readonly Actor[];
  }

  /** By counting. */
  function people(commits: readonly Commit[], since: Date | null, until: Date | null): Person[] {
    const byKey = groupBy(commits, ({ author }) => spellingKeys(author).person);
    const all = [...byKey].flatMap(([personKey, theirs]): Person[] => {
      const inTime = theirs.filter(
        ({ committedAt: at }) => (since === null || at >= since) && (until === null || at <= until),
      );
      const dates = inTime.map(({ committedAt }) => committedAt.getTime());
      if (dates.length === 0) return [];
      const newest = Math.max(...theirs.map(({ committedAt }) => committedAt.getTime()));
      const authors = theirs
        .filter(({ committedAt }) => committedAt.getTime() === newest)
        .map(({ author }) => author);
      const [firstCommitAt, lastCommitAt] = [Math.min(...dates), Math.max(...dates)].map(
        (at) => new Date(at),
      ) as [Date, Date];
      return [{ personKey, commitCount: dates.length, firstCommitAt, lastCommitAt, authors }];
    });
    return all.sort(
      (a, b) =>
        b.commitCount - a.commitCount ||
        b.lastCommitAt.getTime() - a.lastCommitAt.getTime() ||
        (a.personKey < b.personKey ? -1 : 1),
    );
  }

  async function ask(
    asked: typeof question extends fc.Arbitrary<infer Question> ? Question : never,
  ) {
    const { since, until, count, from, interval, activeSince, activeDays } = asked;
    const scope = scopeOf(["shown/*"]);
    const limited = scope && limitedTo(test.database, scope);
    if (!limited) throw new Error("not limited");
    for (const [database, subject] of [
      ...[null, ...SUBJECTS].map((subject) => [test.database, subject] as const),
      ...[null, 0, 1].map((subject) => [limited, subject] as const),
    ]) {
      const id = subject === null ? null : idOf(subject);
      const commits = stored
        .filter(
          ({ repository, isReachable }) =>
            isReachable && (subject === null || repository === subject),
        )
        .filter(({ repository }) => database === test.database || repository !== 2)
        .map(({ commit }) => commit);
      const expected = people(commits, since, until);
      const range = { since, until };
      expect((await countAuthors(database, [id], range)).get(id)).toEqual({
        count: expected.length,
        isExact: true,
      });
      // Page by page, from either end.
      const read: Person[] = [];
      for (;;) {
        const last = read.at(-1) ?? null;
        const page: AuthorPage = {
          count,
          from,
          after: from === "start" ? last : null,
          before: from === "end" ? last : null,
        };
        const rows = (await listTopAuthors(database, [id], range, page)).get(id) ?? [];
        const inPage =
          from === "start" ? rows.slice(0, count) : [...rows].reverse().slice(0, count);
        read.push(...(inPage as unknown as Person[]));
        if (rows.length <= count) break;
      }
      const listed = from === "start" ? read : read.reverse();
      expect(
        listed.map(({ personKey, commitCount, firstCommitAt, lastCommitAt }) => ({
          personKey,
          commitCount,
          firstCommitAt,
          lastCommitAt,
        })),
      ).toEqual(expected.map(({ authors: _, ...rest }) => rest));
      for (const [index, { authors }] of expected.entries()) {
        const { name, email, login, avatarUrl } = listed[index] as unknown as Actor;
        expect(authors).toContainEqual({ name, email, login, avatarUrl });
      }
      const activeUntil = new Date(
        Math.min(activeSince.getTime() + activeDays * DAY_MS, 253_402_300_799_000),
      );
      const active = commits.filter(
        ({ committedAt: at }) => at >= activeSince && at <= activeUntil,
      );
      const byStart = groupBy(active, ({ committedAt }) =>
        startOf(committedAt, interval).getTime(),
      );
      const activity = await readActivity(database, [id], {
        since: activeSince,
        until: activeUntil,
        interval,
      });
      expect(
        activity
          .get(id)
          ?.map(({ start, commitCount, authorCount }) => ({ start, commitCount, authorCount })),
      ).toEqual(
        [...byStart]
          .sort(([a], [b]) => a - b)
          .map(([start, inIt]) => ({
            start: new Date(start),
            commitCount: inIt.length,
            authorCount: new Set(inIt.map(({ author }) => spellingKeys(author).person)).size,
          })),
      );
      const [author] = actors;
      const ofAuthor = { repositoryId: id, reachable: true, author: author?.name ?? "" };
      expect(await countCommits(database, ofAuthor)).toEqual({
        count: commits.filter((one) => spellingKeys(one.author).name === "author 0").length,
        isExact: true,
      });
    }
  }

  it("say what plain counting says, whatever was stored, filled, orphaned, reset or removed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 14 }),
        fc.array(question, { minLength: 1, maxLength: 2 }),
        async (steps, questions) => {
          await begin();
          for (const drawn of steps) await take(drawn);
          for (const id of ids) await expectStatisticsKept(test.database, id);
          for (const asked of questions) await ask(asked);
        },
      ),
      { numRuns: 15 },
    );
  }, 180_000);

  it("settle nothing that is not filled, though it came while they were about to", async () => {
    const { database } = test;
    const at = new Date(Date.UTC(2020, 4, 5));
    const [author] = actors as [Actor];
    const commits = Array.from({ length: 27 }, (_, index): Commit => {
      const oid = `e${index.toString(16).padStart(39, "0")}`;
      const dates = { authoredAt: at, committedAt: at };
      return { oid, parents: [], message: "m", author, committer: author, ...dates };
    });
    await storeEvent(database, idOf(0), commits.slice(0, 20));
    await fillNext(database, STATISTICS);
    const late = commits.slice(20);
    const settle: typeof STATISTICS.settle = async (tx) => {
      await storeEvent(database, idOf(0), late);
      return (await STATISTICS.settle?.(tx)) === true;
    };
    expect(await fillNext(database, { ...STATISTICS, settle })).toBe("MORE");
    const oids = late.map(({ oid }) => oid);
    await database.transaction(async (tx) => {
      await tx.$executeRaw`
        update commit set reachable = false
         where repository_id = ${idOf(0)} and encode(oid, 'hex') = any(${oids}::text[])`;
      await countFlipped(tx, idOf(0), oids, { isReachable: false });
    });
    await fillAll(database, STATISTICS);
    const month = {
      since: new Date(Date.UTC(2020, 4)),
      until: new Date(Date.UTC(2020, 5) - 1_000),
    };
    const found = await readActivity(database, [idOf(0)], { ...month, interval: "MONTH" });
    expect(found.get(idOf(0))?.map(({ commitCount }) => commitCount)).toEqual([20]);
  });

  it("settle no interval of very many commits that is not over", async () => {
    const { database } = test;
    await fillAll(database, STATISTICS);
    await database.primary.$executeRaw`
      insert into activity (repository_id, interval, start, commit_count)
      select ${idOf(0)}, 'MONTH', date_trunc('month', now() - ago * interval '1 month', 'UTC'), count
        from (values (0, 2000000), (2, 2000000), (1, 900000)) as own(ago, count)`;
    await fillAll(database, STATISTICS);
    const left = await database.primary.activity.findMany({ where: { repositoryId: idOf(0) } });
    expect(left).toMatchObject([{ start: startOf(new Date(), "MONTH"), authorCount: null }]);
    await database.primary.activity.deleteMany({ where: { repositoryId: idOf(0) } });
  });

  it("read few commits of a long time, and none of whole intervals, once they are summed up", async () => {
    const { database } = test;
    const DAYS = 1_000;
    const since = Date.UTC(2020, 0, 5, 6, 7, 8);
    const commits = Array.from({ length: DAYS }, (_, day): Commit => {
      const author = actors[(day * 7) % actors.length] as Actor;
      const at = new Date(since + day * DAY_MS);
      const oid = `f${day.toString(16).padStart(39, "0")}`;
      const dates = { authoredAt: at, committedAt: at };
      return { oid, parents: [], message: "m", author, committer: author, ...dates };
    });
    for (let from = 0; from < DAYS; from += 100) {
      await storeEvent(database, idOf(0), commits.slice(from, from + 100));
    }
    await fillAll(database, STATISTICS);
    const rowsRead = (query: (reader: AnyReader) => Promise<unknown>) =>
      countRowsRead(database, "commit", query);
    const range = { since: new Date(since + 50 * DAY_MS), until: new Date(since + 900 * DAY_MS) };
    const page = { count: 3, from: "start", after: null, before: null } as const;
    const rests = 2 * 25;
    expect(
      await rowsRead((reader) => listTopAuthors({ reader }, [null], range, page)),
    ).toBeLessThanOrEqual(2 * rests);
    expect(await rowsRead((reader) => countAuthors({ reader }, [null], range))).toBeLessThanOrEqual(
      2 * rests,
    );
    const months = {
      since: new Date(Date.UTC(2020, 1)),
      until: new Date(Date.UTC(2022, 0) - 1_000),
      interval: "MONTH",
    } as const;
    for (const subject of [null, idOf(0)]) {
      expect(await rowsRead((reader) => readActivity({ reader }, [subject], months))).toBe(0);
    }
    // A day has one: it is not worth a row.
    expect(await database.primary.activity.count({ where: { interval: "DAY" } })).toBe(0);
  });
});

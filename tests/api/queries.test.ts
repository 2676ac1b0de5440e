import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Actor, Commit } from "../../src/domain/commit.js";
import { encodeCursor } from "../../src/domain/cursor.js";
import { type Answer, ask, post } from "../support/graphql-client.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const fault = (answer: Answer<unknown>) => answer.errors?.[0]?.extensions;
const actor = (name: string, email: string, login: string | null = null): Actor => ({
  ...{ name, email, login },
  avatarUrl: login === null ? null : `https://avatars.example.org/${login}`,
});

interface Page {
  readonly nodes: readonly { readonly oid: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number;
  readonly totalCountIsExact: boolean;
}
const PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
const COMMITS = `query ($repository: String, $first: Int, $after: String, $last: Int, $before: String,
    $filter: CommitFilter, $orderBy: CommitOrder) {
  commits(repository: $repository, first: $first, after: $after, last: $last, before: $before,
    filter: $filter, orderBy: $orderBy) {
    nodes { oid } ${PAGE_INFO} totalCount totalCountIsExact } }`;

describe("queries", () => {
  let api: TestApi;
  let history: Commit[];
  let id: number;
  beforeAll(async () => {
    api = await startTestApi();
    id = await storeRepository(api.database, "octo", "history");
    history = line(1, 30);
    // Arrived in two pieces, the newer one first.
    await storeEvent(api.database, id, history.slice(0, 10), { kind: "BACKFILL", headOid: null });
    await storeEvent(api.database, id, history.slice(10), { kind: "BACKFILL" });
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const read = async (variables: Record<string, unknown>): Promise<Page> =>
    (await ask<{ commits: Page }>(api.url, COMMITS, { repository: "octo/history", ...variables }))
      .commits;
  const oids = ({ nodes }: Page) => nodes.map(({ oid }) => oid);
  const newest = () => history.map(({ oid }) => oid);

  describe("a list", () => {
    it("is read backwards from its end, in its own order", async () => {
      const last = await read({ last: 12 });
      expect(oids(last)).toEqual(newest().slice(18));
      expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
      const middle = await read({ last: 12, before: last.pageInfo.startCursor });
      expect(oids(middle)).toEqual(newest().slice(6, 18));
      expect(middle.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
      const first = await read({ last: 12, before: middle.pageInfo.startCursor });
      expect(oids(first)).toEqual(newest().slice(0, 6));
      expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    });

    it("is cut at both ends before a page is taken from either", async () => {
      const { pageInfo } = await read({ first: 20 });
      const [after, before] = [(await read({ first: 5 })).pageInfo.endCursor, pageInfo.endCursor];
      const between = newest().slice(5, 19);
      expect(oids(await read({ after, before, first: 100 }))).toEqual(between);
      expect(oids(await read({ after, before, first: 3 }))).toEqual(between.slice(0, 3));
      expect(oids(await read({ after, before, last: 3 }))).toEqual(between.slice(-3));
    });

    it("is read from one end: both sizes, and sizes out of bounds, are refused", async () => {
      const refused = async (variables: Record<string, unknown>) =>
        fault(await post(api.url, COMMITS, variables));
      expect(await refused({ first: 1, last: 1 })).toMatchObject({ field: "last" });
      for (const last of [0, -1, 101]) {
        expect(await refused({ last })).toMatchObject({ code: "BAD_USER_INPUT", field: "last" });
      }
      const before = encodeCursor(["x"]);
      expect(await refused({ before })).toMatchObject({ code: "BAD_USER_INPUT", field: "before" });
    });

    it("refuses a cursor of another order", async () => {
      const { endCursor: after } = (await read({ first: 1 })).pageInfo;
      const orderBy = { field: "SEQUENCE" };
      expect(fault(await post(api.url, COMMITS, { after, orderBy }))).toMatchObject({
        code: "BAD_USER_INPUT",
        field: "after",
      });
      for (const key of [
        ["0", 0],
        ["x", 0],
        ["1", -1],
        ["1", 40_000],
        [1, 1],
        ["9".repeat(19), 1],
      ]) {
        const forged = { after: encodeCursor(key), orderBy };
        expect(fault(await post(api.url, COMMITS, forged))).toMatchObject({ field: "after" });
      }
    });

    it("of commits may be in the order of arrival", async () => {
      const orderBy = { field: "SEQUENCE", direction: "ASC" };
      const first = await read({ first: 15, orderBy });
      expect(oids(first)).toEqual(newest().slice(0, 15));
      const second = await read({ first: 100, orderBy, after: first.pageInfo.endCursor });
      expect(oids(second)).toEqual(newest().slice(15));
      expect(oids(await read({ first: 100, orderBy: { field: "SEQUENCE" } }))).toEqual(
        newest().reverse(),
      );
    });

    it("of rewrites and of failed tasks is read backwards too", async () => {
      const { primary } = api.database;
      const oid = Buffer.alloc(20);
      for (let index = 0; index < 5; index += 1) {
        await primary.historyRewrite.create({
          data: {
            ...{ repositoryId: id, beforeOid: oid, afterOid: oid },
            ...{ orphanedCount: index, restoredCount: 0 },
          },
        });
      }
      const query = `query ($last: Int, $before: String) {
        historyRewrites(repository: "octo/history", last: $last, before: $before) {
          nodes { orphanedCount } ${PAGE_INFO} totalCount totalCountIsExact } }`;
      const rewrites = async (variables: Record<string, unknown>) => {
        const { historyRewrites } = await ask<{
          historyRewrites: Omit<Page, "nodes"> & { nodes: readonly { orphanedCount: number }[] };
        }>(api.url, query, variables);
        return historyRewrites;
      };
      const last = await rewrites({ last: 2 });
      expect(last.nodes.map(({ orphanedCount }) => orphanedCount)).toEqual([1, 0]);
      expect(last).toMatchObject({ totalCount: 5, totalCountIsExact: true });
      const before = last.pageInfo.startCursor;
      const rest = await rewrites({ last: 9, before });
      expect(rest.nodes.map(({ orphanedCount }) => orphanedCount)).toEqual([4, 3, 2]);
      expect(rest.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
      const tasks = "{ failedTasks(last: 3) { nodes { id } totalCount } }";
      expect(await ask(api.url, tasks)).toEqual({ failedTasks: { nodes: [], totalCount: 0 } });
    });
  });

  it("commits are found by words of their messages, whole, in any letter case and order", async () => {
    const found = async (text: string) => oids(await read({ first: 100, filter: { text } }));
    expect(await found("change 7")).toEqual([history[22]?.oid]);
    expect(await found("BODY, of: 7!")).toEqual([history[22]?.oid]);
    expect(await found("chang")).toEqual([]);
    expect(await found("change")).toEqual(newest());
    const page = await read({ first: 2, filter: { text: "body" } });
    expect(page).toMatchObject({ totalCount: 30, totalCountIsExact: true });
    for (const text of ["", "  ", "!?", Array.from({ length: 21 }, (_, n) => n).join(" ")]) {
      const refused = fault(await post(api.url, COMMITS, { filter: { text } }));
      expect(refused).toMatchObject({ code: "BAD_USER_INPUT", field: "text" });
    }
  });

  it("commits are found by their author's name", async () => {
    const byName = await read({ first: 100, filter: { author: "AUTHOR 1" } });
    expect(oids(byName)).toEqual(
      history.filter(({ author }) => author.name === "Author 1").map(({ oid }) => oid),
    );
    expect(byName.totalCount).toBe(10);
  });

  describe("a node", () => {
    const NODE =
      "query ($id: ID!) { node(id: $id) { __typename id ... on Repository { nameWithOwner } ... on Commit { oid } } }";

    it("is a repository or a commit, by the id that it has everywhere", async () => {
      const { repository } = await ask<{
        repository: { id: string; commits: { nodes: { id: string; oid: string }[] } };
      }>(
        api.url,
        `{ repository(nameWithOwner: "octo/history") { id commits(first: 1) { nodes { id oid } } } }`,
      );
      expect(await ask(api.url, NODE, { id: repository.id })).toEqual({
        node: { __typename: "Repository", id: repository.id, nameWithOwner: "octo/history" },
      });
      const [commit] = repository.commits.nodes;
      expect(await ask(api.url, NODE, { id: commit?.id })).toEqual({
        node: { __typename: "Commit", ...commit },
      });
    });

    it("is null for an id that nothing has", async () => {
      for (const unknown of [
        ...["", "0", "999999", "99999999999", "octo/history", "x"],
        ...[`Repository:${id}x`, `Commit:${id}`, `FailedTask:${id}`, `Unknown:${id}`],
        ...[`${id}:`, `${id}:zz`, `${id}:${"0".repeat(40)}`, `999999:${history[0]?.oid}`],
        `99999999999:${history[0]?.oid}`,
      ]) {
        expect(await ask(api.url, NODE, { id: unknown })).toEqual({ node: null });
      }
    });
  });

  it("parents are commits too, null where they are not stored, and cost one query for a whole page", async () => {
    const orphanage = await storeRepository(api.database, "octo", "shallow");
    const [child, ...rest] = line(5, 3);
    if (child === undefined) throw new Error("no history");
    await storeEvent(api.database, orphanage, [child, ...rest.slice(0, 1)]);
    const { commits } = await ask<{
      commits: { nodes: { parents: string[]; parentCommits: ({ oid: string } | null)[] }[] };
    }>(
      api.url,
      `{ commits(repository: "octo/shallow") { nodes { parents parentCommits { oid } } } }`,
    );
    expect(commits.nodes).toEqual([
      { parents: child.parents, parentCommits: [{ oid: rest[0]?.oid }] },
      { parents: rest[0]?.parents, parentCommits: [null] },
    ]);
    const before = await countReads();
    await ask(
      api.url,
      `{ commits(repository: "octo/history") { nodes { parentCommits { oid } } } }`,
    );
    expect((await countReads()) - before).toBeLessThanOrEqual(8);
  });

  /** Statements that this database has seen, as transactions: each is one of its own. */
  async function countReads(): Promise<number> {
    await api.database.primary.$queryRaw`select pg_stat_force_next_flush()::text`;
    const [row] = await api.database.primary.$queryRaw<{ count: number }[]>`
      select xact_commit::int as count from pg_stat_database where datname = current_database()`;
    return row?.count ?? 0;
  }

  describe("the list of repositories", () => {
    const LIST = `query ($orderBy: RepositoryOrder, $first: Int, $after: String, $last: Int, $filter: RepositoryFilter) {
      repositories(orderBy: $orderBy, first: $first, after: $after, last: $last, filter: $filter) {
        nodes { name } ${PAGE_INFO} totalCount totalCountIsExact } }`;
    interface List {
      readonly repositories: Omit<Page, "nodes"> & { readonly nodes: readonly { name: string }[] };
    }
    const filter = { owner: "lists" };
    beforeAll(async () => {
      for (const [name, lastCommitAt] of [
        ["b", "2024-03-01T00:00:00Z"],
        ["A", null],
        ["c", "2024-05-01T00:00:00Z"],
        ["d", "2024-03-01T00:00:00Z"],
      ] as const) {
        const made = await storeRepository(api.database, "Lists", name);
        await api.database.primary.repository.update({
          where: { id: made },
          data: { lastCommitAt, createdAt: new Date("2024-04-01T00:00:00Z") },
        });
      }
    });

    it.each([
      ["ADDED", ["b", "A", "c", "d"]],
      ["NAME", ["A", "b", "c", "d"]],
      ["ACTIVITY", ["b", "d", "A", "c"]],
    ])("is by %s, page by page, from either end", async (field, expected) => {
      for (const direction of ["ASC", "DESC"]) {
        const orderBy = { field, direction };
        const all = direction === "ASC" ? expected : expected.toReversed();
        const seen: string[] = [];
        let after: string | null = null;
        do {
          const { repositories }: List = await ask<List>(api.url, LIST, {
            ...{ orderBy, filter, after, first: 1 },
          });
          seen.push(...repositories.nodes.map(({ name }) => name));
          expect(repositories).toMatchObject({ totalCount: 4, totalCountIsExact: true });
          after = repositories.pageInfo.hasNextPage ? repositories.pageInfo.endCursor : null;
        } while (after !== null);
        expect(seen).toEqual(all);
        const end = await ask<List>(api.url, LIST, { orderBy, filter, last: 3 });
        expect(end.repositories.nodes.map(({ name }) => name)).toEqual(all.slice(1));
      }
    });

    it("refuses forged and foreign cursors", async () => {
      const at = "2024-01-01T00:00:00.000Z";
      for (const [field, key] of [
        ["NAME", ["NAME", "a\u0000b", 1]],
        ["NAME", ["ACTIVITY", at, 1]],
        ["NAME", [1]],
        ["ACTIVITY", ["ACTIVITY", "2024-99-01T00:00:00.000Z", 1]],
        ["ACTIVITY", ["ACTIVITY", "now", 1]],
        ["ACTIVITY", ["ACTIVITY", at, 2 ** 40]],
        ["ADDED", ["NAME", "a/b", 1]],
      ] as const) {
        const forged = { orderBy: { field }, after: encodeCursor([...key]) };
        expect(fault(await post(api.url, LIST, forged)), String(key)).toMatchObject({
          code: "BAD_USER_INPUT",
          field: "after",
        });
      }
    });
  });

  describe("statistics", () => {
    const AT = (day: number) => new Date(Date.UTC(2023, 5, day, 12));
    let made = 0;
    const commit = (day: number, author: Actor): Commit => {
      made += 1;
      return {
        oid: made.toString(16).padStart(40, "f"),
        parents: [],
        message: "work",
        ...{ author, committer: author },
        ...{ authoredAt: AT(day), committedAt: AT(day) },
      };
    };
    const ada = actor("Ada", "ada@example.org", "Ada");
    const adaAtHome = actor("Countess", "ada@home.example.org", "ada");
    const bob = actor("Bob", "Bob@example.org");
    const bobToo = actor("bob b.", "bob@EXAMPLE.org");
    const bot = actor("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com");
    beforeAll(async () => {
      const people = await storeRepository(api.database, "octo", "people");
      const others = await storeRepository(api.database, "octo", "others");
      const orphan = commit(9, bob);
      await storeEvent(api.database, people, [
        ...[commit(1, ada), commit(2, ada), commit(9, adaAtHome)],
        ...[commit(3, bob), commit(3, bobToo), commit(20, bot), orphan],
      ]);
      await storeEvent(api.database, people, [], { orphanedOids: [orphan.oid] });
      await storeEvent(api.database, others, [commit(2, bob), commit(4, bob)]);
    });

    const TOP = `query ($repository: String, $first: Int, $since: DateTime, $until: DateTime) {
      topAuthors(repository: $repository, first: $first, since: $since, until: $until) {
        name email login avatarUrl commitCount firstCommitAt lastCommitAt isBot } }`;
    const top = async (variables: Record<string, unknown>) =>
      (
        await ask<{ topAuthors: { login: string; name: string; commitCount: number }[] }>(
          api.url,
          TOP,
          variables,
        )
      ).topAuthors;

    it("name those with most reachable commits: one by login, else by e-mail; bots marked", async () => {
      expect(await top({ repository: "octo/people" })).toEqual([
        {
          ...adaAtHome,
          ...{ commitCount: 3, isBot: false },
          ...{ firstCommitAt: AT(1).toISOString(), lastCommitAt: AT(9).toISOString() },
        },
        {
          ...{ name: expect.stringMatching(/^bob/i), email: expect.stringMatching(/^bob@/i) },
          ...{ login: null, avatarUrl: null, commitCount: 2, isBot: false },
          ...{ firstCommitAt: AT(3).toISOString(), lastCommitAt: AT(3).toISOString() },
        },
        {
          ...bot,
          ...{ commitCount: 1, isBot: true },
          ...{ firstCommitAt: AT(20).toISOString(), lastCommitAt: AT(20).toISOString() },
        },
      ]);
    });

    it("are over all repositories, or of a time, where asked for", async () => {
      const counts = (authors: Awaited<ReturnType<typeof top>>) =>
        authors.map(({ name, commitCount }) => [name.toLowerCase().slice(0, 3), commitCount]);
      const everywhere = { since: AT(1), until: AT(30) };
      expect(counts(await top(everywhere))).toEqual([
        ["bob", 4],
        ["cou", 3],
        ["dep", 1],
      ]);
      expect(counts(await top({ since: AT(2), until: AT(3) }))).toEqual([
        ["bob", 3],
        ["cou", 1],
      ]);
      expect(counts(await top({ repository: "octo/people", since: AT(9) }))).toEqual([
        ["dep", 1],
        ["cou", 1],
      ]);
      const all = counts(await top({ first: 100 }));
      expect(all).toContainEqual(["bob", 4]);
      expect(await top({ repository: "octo/people", first: 1 })).toHaveLength(1);
      expect(fault(await post(api.url, TOP, { first: 101 }))).toMatchObject({ field: "first" });
    });

    const ACTIVITY = `query ($repository: String, $since: DateTime, $until: DateTime, $interval: ActivityInterval!) {
      commitActivity(repository: $repository, since: $since, until: $until, interval: $interval) {
        start commitCount authorCount } }`;
    const activity = async (variables: Record<string, unknown>) => {
      const { commitActivity } = await ask<{
        commitActivity: { start: string; commitCount: number; authorCount: number }[];
      }>(api.url, ACTIVITY, variables);
      return commitActivity.map(({ start, commitCount, authorCount }) => [
        start.slice(0, 10),
        commitCount,
        authorCount,
      ]);
    };

    it("count commits and people by day, week and month, in UTC, with those that have none", async () => {
      const people = { repository: "octo/people", since: AT(1), until: AT(5) };
      expect(await activity({ ...people, interval: "DAY" })).toEqual([
        ["2023-06-01", 1, 1],
        ["2023-06-02", 1, 1],
        ["2023-06-03", 2, 1],
        ["2023-06-04", 0, 0],
        ["2023-06-05", 0, 0],
      ]);
      const month = { repository: "octo/people", since: AT(1), until: AT(30) };
      expect(await activity({ ...month, interval: "WEEK" })).toEqual([
        ["2023-05-29", 4, 2],
        ["2023-06-05", 1, 1],
        ["2023-06-12", 0, 0],
        ["2023-06-19", 1, 1],
        ["2023-06-26", 0, 0],
      ]);
      const around = { since: "2023-05-31T23:59:59Z", until: "2023-07-01T00:00:00Z" };
      expect(await activity({ ...around, interval: "MONTH" })).toEqual([
        ["2023-05-01", 0, 0],
        ["2023-06-01", 8, 3],
        ["2023-07-01", 0, 0],
      ]);
    });

    it("count thirty intervals up to now unless told otherwise, and never more than a thousand", async () => {
      for (const interval of ["DAY", "WEEK", "MONTH"]) {
        expect(await activity({ interval })).toHaveLength(30);
      }
      expect(await activity({ since: AT(2), until: AT(1), interval: "DAY" })).toEqual([]);
      const long = { since: "2000-01-01T00:00:00Z", until: "2020-01-01T00:00:00Z" };
      expect(await activity({ ...long, interval: "MONTH" })).toHaveLength(241);
      expect(fault(await post(api.url, ACTIVITY, { ...long, interval: "DAY" }))).toMatchObject({
        code: "BAD_USER_INPUT",
        field: "since",
      });
    });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Commit } from "../../src/domain/commit.js";
import { encodeCursor } from "../../src/domain/cursor.js";
import { type Answer, ask, post } from "../support/graphql-client.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

interface CommitPage {
  readonly nodes: readonly {
    readonly oid: string;
    readonly repository?: { nameWithOwner: string };
  }[];
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly oid: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number;
}

const PAGE = `nodes { oid repository { nameWithOwner } } edges { cursor node { oid } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount`;
const COMMITS = `query ($repository: String, $first: Int, $after: String, $filter: CommitFilter, $orderBy: CommitOrder) {
  commits(repository: $repository, first: $first, after: $after, filter: $filter, orderBy: $orderBy) { ${PAGE} }
}`;

const fault = (answer: Answer<unknown>) => answer.errors?.[0]?.extensions;

describe("reading over GraphQL", () => {
  let api: TestApi;
  let big: number;
  let history: Commit[];
  let other: Commit[];
  beforeAll(async () => {
    api = await startTestApi();
    big = await storeRepository(api.database, "Octo", "Big");
    // 40 commits of one second: where a page is cut among equals, only the oid tells them apart.
    history = line(1, 257, { sameDate: 40 });
    await storeEvent(api.database, big, history.slice(100), { kind: "BACKFILL", headOid: null });
    await storeEvent(api.database, big, history.slice(0, 100), { kind: "BACKFILL" });
    const small = await storeRepository(api.database, "octo", "small");
    other = line(2, 30);
    await storeEvent(api.database, small, other);
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  async function allPages(variables: Record<string, unknown>): Promise<CommitPage[]> {
    const pages: CommitPage[] = [];
    let after: string | null = null;
    do {
      const { commits }: { commits: CommitPage } = await ask(api.url, COMMITS, {
        ...variables,
        after,
      });
      pages.push(commits);
      after = commits.pageInfo.hasNextPage ? commits.pageInfo.endCursor : null;
    } while (after !== null);
    return pages;
  }
  const oids = (pages: readonly CommitPage[]) =>
    pages.flatMap(({ nodes }) => nodes.map(({ oid }) => oid));
  const byDate = (commits: readonly Commit[]) =>
    [...commits]
      .sort((a, b) => Number(a.committedAt) - Number(b.committedAt) || (a.oid < b.oid ? -1 : 1))
      .map(({ oid }) => oid);

  describe("a repository", () => {
    const BY_NAME = "query ($name: String) { repository(nameWithOwner: $name) { id } }";

    it("is found by its name in any letter case, by its former names, and by its id", async () => {
      await api.database.primary.repositoryName.create({
        data: { nameKey: "octo/former", repositoryId: big },
      });
      for (const name of ["Octo/Big", "octo/big", "OCTO/BIG", "Octo/Former"]) {
        expect(await ask(api.url, BY_NAME, { name })).toEqual({
          repository: { id: `Repository:${big}` },
        });
      }
      const query = "query ($id: ID) { repository(id: $id) { nameWithOwner } }";
      for (const id of [String(big), `Repository:${big}`]) {
        expect(await ask(api.url, query, { id })).toEqual({
          repository: { nameWithOwner: "Octo/Big" },
        });
      }
      for (const reference of ["octo/former", String(big), `Repository:${big}`]) {
        const { commits } = await ask<{ commits: CommitPage }>(api.url, COMMITS, {
          repository: reference,
        });
        expect(commits.totalCount).toBe(257);
      }
    });

    it("is null when it is not tracked, whatever the reference looks like", async () => {
      for (const name of [
        "octo/none",
        "octo",
        "",
        "a/b/c",
        "%",
        "octo/big\u0000",
        "x/".repeat(500),
      ]) {
        expect(await ask(api.url, BY_NAME, { name })).toEqual({ repository: null });
      }
      for (const id of ["0", "999999", "2147483648", "99999999999999999999", "-1", "1e3"]) {
        const query = "query ($id: ID) { repository(id: $id) { id } }";
        expect(await ask(api.url, query, { id })).toEqual({ repository: null });
      }
    });

    it("is asked for by exactly one of id and name", async () => {
      for (const query of [
        "{ repository { id } }",
        `{ repository(id: "1", nameWithOwner: "octo/big") { id } }`,
        `{ repository(id: "", nameWithOwner: "octo/big") { id } }`,
      ]) {
        expect(fault(await post(api.url, query))).toMatchObject({ code: "BAD_USER_INPUT" });
      }
    });

    it("tells the state of its tracking, and pages through its own commits", async () => {
      const { repository } = await ask<{ repository: Record<string, unknown> }>(
        api.url,
        `{ repository(nameWithOwner: "octo/big") {
             nameWithOwner owner name url state headOid commitCount lastError trackFrom
             commits(first: 2) { nodes { oid } totalCount pageInfo { hasNextPage } } } }`,
      );
      expect(repository).toEqual({
        nameWithOwner: "Octo/Big",
        owner: "Octo",
        name: "Big",
        url: "https://github.com/Octo/Big",
        state: "ACTIVE",
        headOid: history[0]?.oid,
        commitCount: 257,
        lastError: null,
        trackFrom: null,
        commits: {
          nodes: byDate(history)
            .reverse()
            .slice(0, 2)
            .map((oid) => ({ oid })),
          totalCount: 257,
          pageInfo: { hasNextPage: true },
        },
      });
    });
  });

  describe("the list of repositories", () => {
    const LIST = `query ($first: Int, $after: String, $filter: RepositoryFilter) {
      repositories(first: $first, after: $after, filter: $filter) {
        totalCount nodes { nameWithOwner } pageInfo { hasNextPage hasPreviousPage endCursor } } }`;
    interface List {
      readonly repositories: {
        readonly totalCount: number;
        readonly nodes: readonly { readonly nameWithOwner: string }[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
      };
    }
    const names = ({ repositories }: List) =>
      repositories.nodes.map(({ nameWithOwner }) => nameWithOwner);

    it("comes in the order they were added, page by page", async () => {
      const first = await ask<List>(api.url, LIST, { first: 1 });
      expect(names(first)).toEqual(["Octo/Big"]);
      expect(first.repositories).toMatchObject({
        totalCount: 2,
        pageInfo: { hasNextPage: true, hasPreviousPage: false },
      });
      const after = first.repositories.pageInfo.endCursor;
      const second = await ask<List>(api.url, LIST, { first: 1, after });
      expect(names(second)).toEqual(["octo/small"]);
      expect(second.repositories.pageInfo).toMatchObject({
        hasNextPage: false,
        hasPreviousPage: true,
      });
    });

    it("is narrowed by part of the name, which is no pattern", async () => {
      const named = await ask<List>(api.url, LIST, { filter: { nameContains: "MAL" } });
      expect(names(named)).toEqual(["octo/small"]);
      expect(named.repositories.totalCount).toBe(1);
      for (const nameContains of ["%", "s_all", "octo", "\\", "small\u0000"]) {
        expect(names(await ask<List>(api.url, LIST, { filter: { nameContains } }))).toEqual([]);
      }
    });

    it("is narrowed by state and by owner, whose name is no pattern", async () => {
      const owned = await ask<List>(api.url, LIST, { filter: { owner: "OCTO" } });
      expect(names(owned)).toEqual(["Octo/Big", "octo/small"]);
      for (const owner of ["o_to", "%", "oct", "octo\u0000"]) {
        expect(names(await ask<List>(api.url, LIST, { filter: { owner } }))).toEqual([]);
      }
      const failed = await ask<List>(api.url, LIST, { filter: { states: ["FAILED"] } });
      expect(failed.repositories).toMatchObject({ totalCount: 0, nodes: [] });
    });
  });

  describe("the list of commits", () => {
    it.each([{ first: 100 }, { first: 7 }])(
      "visits each commit of a repository once, in both directions, $first a page",
      async ({ first }) => {
        const newest = await allPages({ repository: "octo/big", first });
        expect(oids(newest)).toEqual(byDate(history).reverse());
        const oldest = await allPages({
          repository: "octo/big",
          first,
          orderBy: { direction: "ASC" },
        });
        expect(oids(oldest)).toEqual(byDate(history));
        expect(newest.map(({ pageInfo }) => pageInfo.hasPreviousPage)).toEqual(
          newest.map((_, index) => index > 0),
        );
        expect(new Set(newest.map(({ totalCount }) => totalCount))).toEqual(new Set([257]));
        for (const { edges, nodes, pageInfo } of newest) {
          expect(edges.map(({ node }) => node.oid)).toEqual(nodes.map(({ oid }) => oid));
          expect(edges.at(0)?.cursor).toBe(pageInfo.startCursor);
          expect(edges.at(-1)?.cursor).toBe(pageInfo.endCursor);
        }
      },
    );

    it("goes over all repositories when none is named", async () => {
      const pages = await allPages({ first: 50 });
      expect(oids(pages).sort()).toEqual([...history, ...other].map(({ oid }) => oid).sort());
      expect(pages[0]?.totalCount).toBe(287);
      const repositories = new Set(
        pages.flatMap(({ nodes }) => nodes.map(({ repository }) => repository?.nameWithOwner)),
      );
      expect(repositories).toEqual(new Set(["Octo/Big", "octo/small"]));
    });

    it("is twenty long unless asked otherwise", async () => {
      const { commits } = await ask<{ commits: CommitPage }>(api.url, COMMITS, {});
      expect(commits.nodes).toHaveLength(20);
      const nothing = await ask<{ commits: CommitPage }>(
        api.url,
        "{ commits { nodes { oid } pageInfo { hasNextPage } } }",
      );
      expect(nothing.commits.nodes).toHaveLength(20);
    });

    it("is narrowed by author and dates, and counts what is left", async () => {
      const where = async (filter: Record<string, unknown>) => {
        const pages = await allPages({ repository: "octo/big", first: 100, filter });
        expect(pages[0]?.totalCount).toBe(oids(pages).length);
        return oids(pages);
      };
      const of = (keep: (commit: Commit) => boolean) => byDate(history.filter(keep)).reverse();
      expect(await where({ author: "login-1" })).toEqual(
        of(({ author }) => author.login === "Login-1"),
      );
      expect(await where({ author: "AUTHOR0@example.org" })).toEqual(
        of(({ author }) => author.email === "Author0@example.org"),
      );
      for (const author of ["login", "%", "", "login-1\u0000"]) {
        expect(await where({ author })).toEqual([]);
      }
      const [since, until] = ["2024-01-01T01:00:00Z", "2024-01-01T02:00:00Z"];
      expect(await where({ since, until })).toEqual(
        of(({ committedAt }) => committedAt >= new Date(since) && committedAt <= new Date(until)),
      );
    });

    it("refuses a page size outside 1 to 100, naming it", async () => {
      for (const first of [0, -1, 101, 1_000_000]) {
        for (const query of [
          COMMITS,
          `query ($first: Int) { repositories(first: $first) { nodes { id } } }`,
          `query ($first: Int) { repository(nameWithOwner: "octo/big") { commits(first: $first) { nodes { oid } } } }`,
        ]) {
          const refused = fault(await post(api.url, query, { first }));
          expect(refused).toMatchObject({ code: "BAD_USER_INPUT", field: "first" });
        }
      }
    });

    it("refuses a cursor that it did not give out, naming `after`", async () => {
      const oid = "a".repeat(40);
      const forged = [
        "",
        "x",
        "0",
        "bm90IGpzb24",
        encodeCursor([1]),
        encodeCursor(["now", 1, oid]),
        encodeCursor([1, "x", oid]),
        encodeCursor([1, 1, "zz"]),
        encodeCursor([8.64e15, 1, oid]),
        encodeCursor([-8.64e15, 1, oid]),
        encodeCursor([1, 2 ** 40, oid]),
        encodeCursor([1.5, 1.5, oid]),
      ];
      for (const after of forged) {
        for (const repository of [null, "octo/big"]) {
          const refused = fault(await post(api.url, COMMITS, { repository, after }));
          expect(refused, after).toMatchObject({ code: "BAD_USER_INPUT", field: "after" });
        }
      }
      const list = "query ($after: String) { repositories(after: $after) { nodes { id } } }";
      for (const after of ["x", encodeCursor(["x"]), encodeCursor([2 ** 40]), encodeCursor([-1])]) {
        const refused = fault(await post(api.url, list, { after }));
        expect(refused, after).toMatchObject({ code: "BAD_USER_INPUT", field: "after" });
      }
    });

    it("takes any date without falling over", async () => {
      for (const since of [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
      ]) {
        const answer = await post(api.url, COMMITS, { filter: { since } });
        expect(fault(answer)?.code ?? "ok").toMatch(/^(ok|BAD_USER_INPUT)$/);
      }
      const refused = fault(await post(api.url, COMMITS, { filter: { since: "yesterday" } }));
      expect(refused).toMatchObject({ code: "BAD_USER_INPUT" });
    });

    it("answers for an untracked repository with NOT_FOUND, naming it", async () => {
      const answer = await post(api.url, COMMITS, { repository: "octo/none" });
      expect(fault(answer)).toMatchObject({ code: "NOT_FOUND", field: "repository" });
      expect(answer.errors?.[0]?.message).toContain("octo/none");
    });
  });

  describe("a commit", () => {
    const COMMIT = `query ($oid: String!) { commit(repository: "octo/big", oid: $oid) {
      id oid abbreviatedOid message messageHeadline authoredAt committedAt parents url reachable
      firstSeenAt sequence author { name email login avatarUrl } committer { name }
      repository { nameWithOwner } } }`;

    it("comes with everything the contract promises", async () => {
      const [, wanted] = history;
      if (wanted === undefined) throw new Error("no history");
      const { commit } = await ask<{ commit: Record<string, unknown> }>(api.url, COMMIT, {
        oid: wanted.oid.toUpperCase(),
      });
      expect(commit).toEqual({
        id: expect.any(String),
        oid: wanted.oid,
        abbreviatedOid: wanted.oid.slice(0, 7),
        message: wanted.message,
        messageHeadline: "change 255",
        authoredAt: wanted.authoredAt.toISOString(),
        committedAt: wanted.committedAt.toISOString(),
        parents: wanted.parents,
        url: `https://github.com/Octo/Big/commit/${wanted.oid}`,
        reachable: true,
        firstSeenAt: expect.stringMatching(/^\d{4}-.*Z$/),
        sequence: "2",
        author: wanted.author,
        committer: { name: wanted.committer.name },
        repository: { nameWithOwner: "Octo/Big" },
      });
    });

    it("is null when it is not stored, and refused when its id is none", async () => {
      expect(await ask(api.url, COMMIT, { oid: "0".repeat(40) })).toEqual({ commit: null });
      expect(await ask(api.url, COMMIT, { oid: "0".repeat(64) })).toEqual({ commit: null });
      for (const oid of ["", "HEAD", "g".repeat(40), "0".repeat(41), "0".repeat(10_000)]) {
        const refused = fault(await post(api.url, COMMIT, { oid }));
        expect(refused).toMatchObject({ code: "BAD_USER_INPUT", field: "oid" });
      }
    });
  });

  it("leaves orphaned commits out unless they are asked for", async () => {
    const id = await storeRepository(api.database, "octo", "rewritten");
    const [orphan, ...kept] = line(3, 4);
    if (orphan === undefined) throw new Error("no history");
    await storeEvent(api.database, id, [orphan, ...kept]);
    await storeEvent(api.database, id, [], {
      headOid: kept[0]?.oid ?? null,
      orphanedOids: [orphan.oid],
    });
    const read = async (filter: Record<string, unknown> | null) => {
      const pages = await allPages({ repository: "octo/rewritten", first: 100, filter });
      expect(pages[0]?.totalCount).toBe(oids(pages).length);
      return oids(pages);
    };
    const reachable = byDate(kept).reverse();
    expect(await read(null)).toEqual(reachable);
    expect(await read({})).toEqual(reachable);
    expect(await read({ reachable: true })).toEqual(reachable);
    expect(await read({ reachable: false })).toEqual([orphan.oid]);
    expect(await read({ reachable: null })).toEqual([orphan.oid, ...reachable]);
    const { commit } = await ask<{ commit: Record<string, unknown> }>(
      api.url,
      `query ($oid: String!) { commit(repository: "octo/rewritten", oid: $oid) { reachable orphanedAt } }`,
      { oid: orphan.oid },
    );
    expect(commit).toEqual({ reachable: false, orphanedAt: expect.any(String) });
  });

  it("tells where the feed begins and ends", async () => {
    const { sequence } = (await api.database.primary.feed.findFirst()) ?? { sequence: -1n };
    expect(await ask(api.url, "{ feed { sequence oldestSequence } }")).toEqual({
      feed: { sequence: String(sequence), oldestSequence: "1" },
    });
  });
});

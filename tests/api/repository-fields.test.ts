import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Commit } from "../../src/domain/commit.js";
import { insertRewrite } from "../../src/store/repositories/rewrite-store.js";
import { countReads } from "../support/counted-reads.js";
import { eventually } from "../support/eventually.js";
import { ask, post, subscribe } from "../support/graphql-client.js";
import { setWork } from "../support/work.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const NAMES = ["one", "two", "three", "bare"];

interface Connection {
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
}

/** Three repositories with a history of six each, by three people, rewritten twice; one that has none. */
describe("what a repository leads to", () => {
  const reads = countReads();
  const histories = new Map<string, Commit[]>();
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ database: reads.watch });
    for (const [index, name] of NAMES.entries()) {
      const id = await storeRepository(api.database, "octo", name);
      if (name === "bare") continue;
      const commits = line(80 + index, 6 + index);
      histories.set(name, commits);
      await storeEvent(api.database, id, commits);
      const checkedAt = new Date(Date.now() - 1_000);
      await setWork(api.database, "check", id, { doneAt: checkedAt });
      await api.database.primary.$executeRaw`
        update repository set observed_oid = head_oid, looked_at = ${checkedAt} where id = ${id}`;
      for (const place of [2, 1]) {
        await insertRewrite(api.database.primary, {
          repositoryId: id,
          beforeOid: commits[place]?.oid ?? "",
          afterOid: place === 1 ? (commits[0]?.oid ?? "") : "0".repeat(40),
          ...{ orphanedCount: place, restoredCount: 0 },
        });
      }
    }
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const historyOf = (name: string) => histories.get(name) ?? [];
  const ofAll = async <T>(fields: string) => {
    const query = `{ repositories { nodes { name ${fields} } } }`;
    const { repositories } = await ask<{ repositories: { nodes: ({ name: string } & T)[] } }>(
      api.url,
      query,
    );
    expect(repositories.nodes.map(({ name }) => name)).toEqual(NAMES);
    return repositories.nodes;
  };
  const ofOne = async (fields: string) => {
    const query = `{ repository(nameWithOwner: "octo/one") { field: ${fields} } }`;
    return (await ask<{ repository: { field: Connection } }>(api.url, query)).repository.field;
  };

  it("is its head's commit, null where there is none", async () => {
    const shown = await ofAll<{ headCommit: { oid: string; message: string } | null }>(
      "headCommit { oid message }",
    );
    for (const { name, headCommit } of shown) {
      const [head] = historyOf(name);
      expect(headCommit).toEqual(head ? { oid: head.oid, message: head.message } : null);
    }
  });

  it("is how fresh it is", async () => {
    const shown = await ofAll<{ freshness: Record<string, unknown> }>(
      "freshness { isFresh headCheckedAt nextCheckAt lagSeconds reason }",
    );
    for (const { name, freshness } of shown) {
      expect(freshness).toEqual(
        name === "bare"
          ? {
              ...{ isFresh: false, headCheckedAt: null, nextCheckAt: expect.any(String) },
              ...{ lagSeconds: null, reason: "FIRST_HISTORY" },
            }
          : {
              ...{ isFresh: true, headCheckedAt: expect.any(String) },
              ...{ nextCheckAt: expect.any(String), lagSeconds: expect.any(Number), reason: null },
            },
      );
    }
  });

  it("are its authors, as the root's list has them, page by page from either end", async () => {
    const fields = "name commitCount lastCommitAt";
    for (const { name, topAuthors } of await ofAll<{ topAuthors: Connection }>(
      `topAuthors(first: 2) { nodes { ${fields} } totalCount pageInfo { hasNextPage endCursor } }`,
    )) {
      const { all } = await ask<{ all: unknown[] }>(
        api.url,
        `{ all: topAuthors(repository: "octo/${name}") { ${fields} } }`,
      );
      expect(topAuthors.nodes).toEqual(all.slice(0, 2));
      expect(topAuthors.totalCount).toBe(all.length);
      const after = topAuthors.pageInfo.endCursor;
      if (after === null) continue;
      expect(topAuthors.pageInfo.hasNextPage).toBe(true);
      const { repository } = await ask<{ repository: Record<string, Connection> }>(
        api.url,
        `query ($after: String) { repository(nameWithOwner: "octo/${name}") {
           rest: topAuthors(after: $after) { nodes { ${fields} } }
           end: topAuthors(last: 1) { nodes { ${fields} } }
           before: topAuthors(last: 5, before: $after) { nodes { ${fields} } } } }`,
        { after },
      );
      expect(repository.rest?.nodes).toEqual(all.slice(2));
      expect(repository.end?.nodes).toEqual(all.slice(-1));
      expect(repository.before?.nodes).toEqual(all.slice(0, 1));
      const { authors } = await ask<{ authors: Connection }>(
        api.url,
        `{ authors(repository: "octo/${name}", since: "2024-01-01T00:03:00Z") { nodes { commitCount } totalCount } }`,
      );
      const counted = authors.nodes.reduce((sum, { commitCount }) => sum + Number(commitCount), 0);
      expect(counted).toBe(historyOf(name).length - 3);
      expect(authors.totalCount).toBe(3);
    }
  });

  it("is its activity, as the root's list has it, page by page from either end", async () => {
    const range = `since: "2023-12-30T00:00:00Z", until: "2024-01-04T12:00:00Z"`;
    const fields = "start commitCount authorCount";
    const { all } = await ask<{ all: Record<string, unknown>[] }>(
      api.url,
      `{ all: commitActivity(repository: "octo/one", ${range}) { ${fields} } }`,
    );
    expect(all.map(({ commitCount }) => commitCount)).toEqual([0, 0, 6, 0, 0, 0]);
    const page = `{ nodes { ${fields} } totalCount pageInfo { hasNextPage endCursor } }`;
    const first = await ofOne(`activity(${range}, first: 3) ${page}`);
    expect(first.nodes).toEqual(all.slice(0, 3));
    expect(first).toMatchObject({ totalCount: 6, pageInfo: { hasNextPage: true } });
    const after = `after: ${JSON.stringify(first.pageInfo.endCursor)}`;
    const rest = await ofOne(`activity(${range}, ${after}) ${page}`);
    expect(rest.nodes).toEqual(all.slice(3));
    expect(rest.pageInfo.hasNextPage).toBe(false);
    expect((await ofOne(`activity(${range}, last: 2) ${page}`)).nodes).toEqual(all.slice(-2));
    const { activity } = await ask<{ activity: Connection }>(
      api.url,
      `{ activity(${range}) { nodes { commitCount } } }`,
    );
    expect(activity.nodes[2]).toEqual({ commitCount: 6 + 7 + 8 });
  });

  it("is its latest activity where no time is named, and what was before that", async () => {
    const page = "{ nodes { start } totalCount pageInfo { hasPreviousPage startCursor } }";
    const latest = await ofOne(`activity(last: 3, interval: MONTH) ${page}`);
    const month = new Date();
    const months = [2, 1, 0, 5, 4, 3].map((back) =>
      new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() - back)).toISOString(),
    );
    expect(latest.nodes.map(({ start }) => start)).toEqual(months.slice(0, 3));
    expect(latest.totalCount).toBe(3);
    const { hasPreviousPage, startCursor } = latest.pageInfo as unknown as Record<string, unknown>;
    expect(hasPreviousPage).toBe(true);
    const before = `before: ${JSON.stringify(startCursor)}`;
    const earlier = await ofOne(`activity(last: 3, interval: MONTH, ${before}) ${page}`);
    expect(earlier.nodes.map(({ start }) => start)).toEqual(months.slice(3));
    expect((await ofOne(`activity ${page}`)).nodes).toHaveLength(20);
  });

  it("are its rewrites, with their commits as far as these are stored", async () => {
    const shown = await ofAll<{ historyRewrites: Connection }>(
      `historyRewrites(first: 1) { totalCount pageInfo { hasNextPage endCursor } nodes {
         beforeOid afterOid orphanedCount before { oid messageHeadline } after { oid } } }`,
    );
    for (const { name, historyRewrites } of shown) {
      const [head, before] = historyOf(name);
      const node = {
        ...{ beforeOid: before?.oid, afterOid: head?.oid, orphanedCount: 1 },
        before: { oid: before?.oid, messageHeadline: before?.message.split("\n")[0] },
        after: { oid: head?.oid },
      };
      expect(historyRewrites.nodes).toEqual(head ? [node] : []);
      expect(historyRewrites.totalCount).toBe(head ? 2 : 0);
    }
    const end = await ofOne("historyRewrites(last: 1) { nodes { orphanedCount after { oid } } }");
    expect(end.nodes).toEqual([{ orphanedCount: 2, after: null }]);
  });

  it.each([
    ["headCommit { oid }", 1],
    ["freshness { isFresh lagSeconds }", 1],
    ["topAuthors(first: 3) { nodes { name } }", 1],
    ["topAuthors(first: 3) { nodes { name } totalCount }", 2],
    [`topAuthors(since: "2024-01-01T00:00:00Z") { nodes { name } }`, 1],
    ["activity(last: 3) { nodes { commitCount } totalCount }", 1],
    ["historyRewrites(first: 5) { nodes { beforeOid } }", 1],
    ["historyRewrites(first: 5) { totalCount nodes { before { oid } after { oid } } }", 3],
    ["a: topAuthors(first: 1) { nodes { name } } b: topAuthors(first: 2) { nodes { name } }", 2],
  ])("costs no query for each repository: %s", async (fields, more) => {
    for (const names of [NAMES.slice(0, 1), NAMES]) {
      const list = `{ repositories(first: ${names.length}) { nodes { id %} } }`;
      reads.count();
      await ask(api.url, list.replace("%", ""));
      const before = reads.count();
      await ask(api.url, list.replace("%", fields));
      expect(reads.count() - before).toBe(more);
    }
  });

  it.each([
    `topAuthors(after: "x")`,
    `topAuthors(after: "1.5,0,~x")`,
    `topAuthors(after: "1,x,~x")`,
    `topAuthors(after: "99999999999,0,~x")`,
    `topAuthors(after: "1,0,~%00")`,
    `activity(after: "x")`,
    `activity(after: "1")`,
    `activity(interval: MONTH, after: "86400000")`,
    `activity(after: "~x")`,
    `historyRewrites(after: "x")`,
  ])("has no such place: %s", async (field) => {
    const { errors } = await post(
      api.url,
      `{ repository(nameWithOwner: "octo/one") { ${field} { totalCount nodes { __typename } } } }`,
    );
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "after" });
  });

  it("has a bounded number of intervals", async () => {
    const { errors } = await post(
      api.url,
      `{ repository(nameWithOwner: "octo/one") { activity(since: "2000-01-01T00:00:00Z") { totalCount } } }`,
    );
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field: "since" });
  });
});

describe("a commit's message", () => {
  it("is told apart into headline, body and co-authors, in a list and live", async () => {
    await using api = await startTestApi();
    const id = await storeRepository(api.database, "octo", "pairs");
    const [first, ...others] = line(91, 1);
    const message = "fix\n\nwhy\n\nCo-authored-by: Ada <ada@example.org>\nco-authored-by: Bob\n";
    if (first === undefined || others.length > 0) throw new Error("there is one");
    await storeEvent(api.database, id, [{ ...first, message }]);
    const expected = {
      messageHeadline: "fix",
      messageBody: message.slice("fix\n\n".length),
      coAuthors: [
        { name: "Ada", email: "ada@example.org" },
        { name: "Bob", email: "" },
      ],
    };
    const fields = "messageHeadline messageBody coAuthors { name email }";
    const { commits } = await ask<{ commits: Connection }>(
      api.url,
      `{ commits { nodes { ${fields} } } }`,
    );
    expect(commits.nodes).toEqual([expected]);
    await using live = subscribe<{ commitsIngested: { commits: unknown[] } }>(
      api.url,
      `subscription { commitsIngested(after: "0") { commits { ${fields} } } }`,
    );
    await eventually(() => expect(live.received[0]?.commitsIngested.commits).toEqual([expected]));
  });
});

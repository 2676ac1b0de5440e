import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../support/graphql-client.js";
import { startTestApi, type TestApi } from "./test-api.js";
import { WAYS } from "./ways.js";

type Send = (query: string, variables?: Record<string, unknown>) => Promise<Answer<unknown>>;

const nest = (levels: number) =>
  `{ repositories(first: 1) { nodes ${"{ commits(first: 1) { nodes { repository".repeat(levels)} { id } ${"} } }".repeat(levels)} } }`;

/** Each fragment spreads the next one twice: 2^n selections in n lines. */
const bomb = (length: number) =>
  `{ ...F0 } ${Array.from(
    { length },
    (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`,
  ).join(" ")} fragment F${length} on Query { one: __typename }`;

const TOO_LARGE: Record<string, string> = {
  "nested too deep": nest(10),
  "with too many aliases": `{ ${Array.from({ length: 101 }, (_, index) => `a${index}: __typename`).join(" ")} }`,
  "with too many directives": `{ __typename ${"@skip(if: false) ".repeat(60)} }`,
  "with too many tokens": `{ ${"__typename ".repeat(5_000)} }`,
  "asking for too many objects":
    "{ repositories(first: 100) { nodes { commits(first: 100) { nodes { parents } edges { node { oid } } } } } commits(first: 100) { nodes { repository { commits(first: 100) { nodes { oid } } } } } }",
  "reading too many lists":
    "{ repositories(first: 100) { nodes { commits(first: 5) { nodes { repository { commits(first: 1) { nodes { oid } } } } } } } }",
  "hiding its size in variables":
    "query ($first: Int) { repositories(first: $first) { nodes { commits(first: $first) { nodes { repository { commits(first: $first) { nodes { oid } } } } } } } }",
  "repeating a field": `{ ${"__typename ".repeat(401)} }`,
  "asking for too many objects of an event":
    "subscription { commitsIngested { commits { repository { commits(first: 100) { nodes { repository { commits { nodes { oid } } } } } } } } }",
  "reading from the end":
    "{ repositories(last: 100) { nodes { commits(last: 100) { nodes { parentCommits { oid } } } } } }",
  "hiding lists among parents":
    "{ commits(first: 100) { nodes { parentCommits { parentCommits { parentCommits { parentCommits { parentCommits { parentCommits { parentCommits { oid } } } } } } } } } }",
  "reading lists of what failed":
    "{ failedTasks(first: 100) { nodes { repository { commits(first: 5) { nodes { repository { commits(first: 1) { nodes { oid } } } } } } } } }",
  "reading lists of what repositories lead to":
    "{ repositories(first: 100) { nodes { topAuthors { nodes { name } } activity { nodes { start } } historyRewrites { totalCount } } } }",
  "reading lists of what many nodes lead to":
    "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { a: topAuthors { totalCount } b: topAuthors(first: 1) { totalCount } c: historyRewrites { totalCount } } } }",
  "reading many single commits":
    "{ repositories(first: 100) { nodes { historyRewrites(first: 100) { nodes { before { oid } after { oid } } } } } }",
  "reading lists of what an owner has":
    'mutation { addOwner(login: "octo") { repositories { repository { commits(first: 1) { nodes { oid } } } } } }',
  "hiding its lists in an interface":
    "{ node(id: 1) { ... on Repository { commits(first: 100) { nodes { repository { commits(first: 100) { nodes { repository { commits(first: 3) { nodes { oid } } } } } } } } } } }",
  "multiplying fragments": bomb(60),
};

describe("limits of one operation", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  describe.each(WAYS)("over $way", (ways) => {
    const send: Send = (query, variables = {}) => ways.send(api.url, { query, variables });

    it.each(Object.entries(TOO_LARGE))("refuses one %s", async (_what, query) => {
      const startedAt = performance.now();
      const { data, errors } = await send(query, { first: 100 });
      expect(data ?? null).toBeNull();
      expect(errors?.[0]?.extensions?.code).toMatch(/^GRAPHQL_(VALIDATION|PARSE)_FAILED$/);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    });

    it("lets through what a page needs, and GraphiQL's introspection", async () => {
      const dashboard = `query ($first: Int) { feed { sequence } repositories(first: 100) { totalCount nodes {
        id nameWithOwner state commits(first: $first) { edges { cursor node {
          oid author { name } repository { nameWithOwner } } } } } } }`;
      expect((await send(dashboard, { first: 5 })).errors).toBeUndefined();
      expect((await send(getIntrospectionQuery())).errors).toBeUndefined();
      const overview = `{ repositories(first: 10) { nodes { name headCommit { messageHeadline }
        freshness { isFresh lagSeconds } topAuthors(first: 3) { nodes { name } }
        activity(last: 30) { nodes { commitCount } } historyRewrites(first: 5) { totalCount } } } }`;
      expect((await send(overview)).errors).toBeUndefined();
      const three = `{ nodes(ids: ["1", "2", "3"]) { ... on Repository { topAuthors { totalCount }
        commits { totalCount } historyRewrites { totalCount } } } }`;
      expect((await send(three)).errors).toBeUndefined();
      const aliases = Array.from(
        { length: 15 },
        (_, index) => `r${index}: repository(id: "${index}") { id }`,
      );
      expect((await send(`{ ${aliases.join(" ")} }`)).errors).toBeUndefined();
    });

    it("lets through ten nested levels and refuses eleven", async () => {
      const nested = (leaf: string) =>
        `{ repositories(first: 1) { nodes { commits(first: 1) { nodes { repository { commits(first: 1) {
          nodes { repository { commits(first: 1) { ${leaf} } } } } } } } } } }`;
      expect((await send(nested("totalCount"))).errors).toBeUndefined();
      expect((await send(nested("nodes { oid }"))).errors?.[0]).toMatchObject({
        message: "This operation asks for 11 nested levels; at most 10 are allowed.",
        extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
      });
    });

    it("refuses introspection of introspection", async () => {
      const deep = `{ __schema { types ${"{ fields { type ".repeat(6)} { name } ${"} }".repeat(6)} } }`;
      expect((await send(deep)).errors?.[0]?.extensions?.code).toBe("GRAPHQL_VALIDATION_FAILED");
    });

    it("names at most a few faults, however many there are", async () => {
      const { errors } = await send(`{ ${"nonsense ".repeat(400)} }`);
      expect(errors?.length).toBeLessThanOrEqual(11);
    });
  });

  const raw = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
    });

  it("takes one operation a request", async () => {
    const response = await raw(JSON.stringify([{ query: "{ __typename }" }]));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: "BAD_REQUEST" } }],
    });
  });

  it("refuses a body that is too long, is no JSON, or comes from another site's form", async () => {
    const long = JSON.stringify({ query: `{ __typename } # ${"x".repeat(300_000)}` });
    for (const [response, status] of [
      [await raw(long), 413],
      [await raw("{"), 400],
      [await raw(""), 400],
      [await raw('{"query":"{ __typename }"}', { "content-type": "text/plain" }), 415],
      [await raw("query=x", { "content-type": "application/x-www-form-urlencoded" }), 415],
    ] as const) {
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({
        errors: [{ message: expect.any(String), extensions: { code: "BAD_REQUEST" } }],
      });
    }
  });
});

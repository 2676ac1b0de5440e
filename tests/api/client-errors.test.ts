import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DrawnOperation } from "./drawn-operation.js";
import { overEventStream, overHttp, overWebSocket, type PlainClient } from "./plain-client.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const TIMES = 2;

interface Case extends Partial<DrawnOperation> {
  readonly query: string;
  /** Of the first error. */
  readonly code: string;
  /** Where HTTP has another, since it has no subscriptions. */
  readonly httpCode?: string;
}

const FOLLOW = "sequence repository { name }";

const CASES: readonly Case[] = [
  ...[
    "query ($v: Int = 3) { topAuthors(first: $v) { name } }",
    "query ($v: Int) { topAuthors(first: $v) { name } }",
    'query ($v: ID = "1") { node(id: $v) { id } }',
    "query ($v: OrderDirection = ASC) { commits(orderBy: { direction: $v }) { totalCount } }",
    "query ($v: CommitOrderField) { commits(orderBy: { field: $v }) { totalCount } }",
    "query ($v: Boolean = true) { feed { sequence @include(if: $v) } }",
    "query ($v: Boolean = true) { feed @skip(if: $v) { sequence } }",
    "query ($v: Boolean = true) { ... @include(if: $v) { feed { sequence } } }",
    'query ($v: String = "octo/one") { historyRewrites(repository: $v) { totalCount } }',
    "query ($v: ActivityInterval) { commitActivity(interval: $v) { commitCount } }",
    `mutation ($v: Boolean) { resetCommitsFrom(repository: "octo/one", from: "2024-01-01T00:00:00Z", dryRun: $v) { deletedCount } }`,
    'mutation ($v: Int) { awaitCommit(repository: "octo/one", oid: "x", timeout: $v) { waitedMs } }',
    "query ($v: Int!) { commits(first: $v) { totalCount } }",
  ].map((query) => ({ query, variables: { v: null }, code: "BAD_USER_INPUT" })),
  ...["nonsense", "2024-13-45T99:00:00Z", 1e99, {}, [], true].map((v) => ({
    query: "query ($v: DateTime) { commits(filter: { since: $v }) { totalCount } }",
    variables: { v },
    code: "BAD_USER_INPUT",
  })),
  ...[{ unknown: 1 }, { reachable: 3 }, "text", { since: {} }].map((v) => ({
    query: "query ($v: CommitFilter) { commits(filter: $v) { totalCount } }",
    variables: { v },
    code: "BAD_USER_INPUT",
  })),
  { query: "query ($v: Int!) { commits(first: $v) { totalCount } }", code: "BAD_USER_INPUT" },
  ...[
    '{ commits(filter: { since: "nonsense" }) { totalCount } }',
    "{ commits(filter: { since: 12 }) { totalCount } }",
    "{ commits(first: 99999999999) { totalCount } }",
    "{ feed @defer { sequence } }",
    "{ feed { ...F } } fragment F on FeedStatus { ...F }",
    'query ($v: DateTime = "nonsense") { commits(filter: { since: $v }) { totalCount } }',
    "query ($v: Nothing) { feed { sequence } }",
    "{ feed }",
    "subscription { __typename }",
    `subscription { a: commitsIngested { ${FOLLOW} } b: commitsIngested { ${FOLLOW} } }`,
    `subscription ($v: Boolean!) { a: commitsIngested @skip(if: $v) { ${FOLLOW} } ...F } fragment F on Subscription { b: commitsIngested { ${FOLLOW} } }`,
  ].map((query) => ({ query, code: "GRAPHQL_VALIDATION_FAILED" })),
  ...["{", "{ feed { sequence }", 'query ($v: String = "', "\u0000", "type A { a: Int"].map(
    (query) => ({ query, code: "GRAPHQL_PARSE_FAILED" }),
  ),
  {
    query: "query A { feed { sequence } } query B { feed { sequence } }",
    code: "OPERATION_RESOLUTION_FAILURE",
  },
  { query: "fragment F on FeedStatus { sequence }", code: "GRAPHQL_VALIDATION_FAILED" },
  ...[
    { query: `subscription { commitsIngested @skip(if: true) { ${FOLLOW} } }` },
    { query: `subscription { commitsIngested @include(if: false) { ${FOLLOW} } }` },
    { query: `subscription { ... @skip(if: true) { commitsIngested { ${FOLLOW} } } }` },
    {
      query: `subscription ($on: Boolean!) { ...F } fragment F on Subscription { commitsIngested @include(if: $on) { ${FOLLOW} } }`,
      variables: { on: false },
    },
    {
      query: `subscription ($on: Boolean = true) { commitsIngested @include(if: $on) { ${FOLLOW} } }`,
      variables: { on: null },
    },
    {
      query: `subscription ($k: IngestKind = LIVE) { commitsIngested(kinds: [$k]) { ${FOLLOW} } }`,
      variables: { k: null },
    },
    {
      query: `subscription ($v: [String!]!) { commitsIngested(repositories: $v) { ${FOLLOW} } }`,
      variables: { v: [1] },
    },
    { query: `subscription { commitsIngested(after: "forged") { ${FOLLOW} } }` },
  ].map((operation) => ({ ...operation, code: "BAD_USER_INPUT", httpCode: "BAD_REQUEST" })),
];

/** Whatever a document or its variables cause, a client is told as its own doing. */
describe("an operation that its client has wrong", () => {
  let api: TestApi;
  let ways: readonly (readonly [string, PlainClient])[];
  beforeAll(async () => {
    api = await startTestApi();
    const id = await storeRepository(api.database, "octo", "one");
    await storeEvent(api.database, id, line(1, 2));
    ways = [
      ["HTTP", overHttp(api.url)],
      ["event stream", overEventStream(api.url)],
      ["WebSocket", await overWebSocket(api.url)],
    ];
  });
  afterAll(async () => {
    for (const [, way] of ways) await way[Symbol.asyncDispose]();
    await api[Symbol.asyncDispose]();
  });

  const errorsAt = (log: string) => log.split("\n").filter((text) => text.includes('"level":50'));

  it.each(CASES)(
    "is told so, alike every way, and nothing is logged: $query $variables",
    async ({ query, variables = {}, code, httpCode = code }) => {
      for (let time = 0; time < TIMES; time += 1) {
        for (const [way, client] of ways) {
          const [answer] = await client.send({ query, variables }, 1);
          const [error] = answer?.errors.map((one) => JSON.parse(one)) ?? [];
          expect(error?.code, `${way}: ${JSON.stringify(answer)}`).toBe(
            way === "HTTP" ? httpCode : code,
          );
        }
      }
      expect(errorsAt(api.log())).toEqual([]);
    },
  );

  it("leaves the other operations on its connection alone", async () => {
    const client = await overWebSocket(api.url);
    const following = client.send(
      { query: `subscription { commitsIngested(after: "1") { ${FOLLOW} } }`, variables: {} },
      1,
    );
    for (const { query, variables = {} } of CASES) await client.send({ query, variables }, 1);
    const id = await storeRepository(api.database, "octo", "two");
    await storeEvent(api.database, id, line(2, 1));
    await api.ring();
    const [event] = await following;
    expect(event?.data).toContain('"repository":{"name":"two"}');
    await client[Symbol.asyncDispose]();
  });

  it.each(["event stream", "WebSocket"])(
    "may have a condition at the root of a subscription: %s",
    async (way) => {
      const client = ways.find(([name]) => name === way)?.[1];
      const query = `subscription ($on: Boolean!) { commitsIngested(after: "0") @include(if: $on) { ${FOLLOW} } }`;
      const [event] = (await client?.send({ query, variables: { on: true } }, 1)) ?? [];
      expect(event?.data).toBe('{"commitsIngested":{"sequence":"1","repository":{"name":"one"}}}');
    },
  );

  it("may ask for a query beside a subscription with a condition", async () => {
    const query = `query Q { feed { oldestSequence } }
      subscription S($on: Boolean!) { commitsIngested @include(if: $on) { ${FOLLOW} } }`;
    for (let time = 0; time < TIMES; time += 1) {
      for (const [, client] of ways) {
        const [answer] = await client.send({ query, variables: {}, operationName: "Q" }, 1);
        expect(answer?.data).toBe('{"feed":{"oldestSequence":"1"}}');
      }
    }
  });
});

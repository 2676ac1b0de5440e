import { isDeepStrictEqual } from "node:util";
import { type GraphQLObjectType, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isCompilable } from "../../src/api/execution/compilable.js";
import { compiledQuery } from "../../src/api/execution/compiled-execution.js";
import { createValidDocuments } from "../../src/api/execution/valid-documents.js";
import { Draw, type DrawnOperation, drawOperation, type Values } from "./drawn-operation.js";
import { createOracle, type Oracle, type ToldAnswer } from "./graphql-oracle.js";
import { overEventStream, overHttp, overWebSocket, type PlainClient } from "./plain-client.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

/** Of each kind; `npm run test:alike -- --runs N` draws more. */
const RUNS = Number(process.env.ALIKE_RUNS ?? 450);
const SEED = Number(process.env.ALIKE_SEED ?? Date.now() % 1_000_000_000);
const TIMES = 2; // interpreted, then compiled where that is allowed
const EVENTS = 2;
const FAULTS_SHOWN = 3;

const OID = line(1, 5)[0]?.oid ?? "";
const VALUES: Values = {
  repository: ["octo/one", "octo/two", "1"],
  nameWithOwner: ["octo/one", "OCTO/Two", "octo/none"],
  oid: [OID, OID, "0".repeat(40), "abc"],
  id: ["1", "Repository:2", `1:${OID}`, `Commit:1:${OID}`, "FailedTask:1", "999", "x"],
  ids: ["1", "Repository:2", `Commit:1:${OID}`, "FailedTask:1", "x"],
  first: [1, 2, 3, 5, 0, 1_000],
  last: [1, 2],
  after: ["forged"],
  before: ["forged"],
  author: ["author0@example.org", "Login-1", "author 2"],
  text: ["change", "body 1", "nothing"],
  owner: ["octo", "none"],
  nameContains: ["o", "z"],
  url: ["octo/one", "https://github.com/octo/two", "not an address"],
  urls: ["octo/one", "octo/two", "not an address"],
  repositories: ["octo/one", "octo/two"],
};

/** What only the database refuses. Of two such fields in one operation, either may be the first. */
const UNKNOWN: Values = { ...VALUES, repository: ["octo/none"], repositories: ["octo/none"] };

/** Operations that were answered otherwise, or as a failure of ours. */
const FOUND: readonly { query: string; variables?: Record<string, unknown> }[] = [
  {
    query: `query ($s: DateTime = "2024-01-01T00:00:00Z") { commits(filter: { since: $s }) { totalCount } }`,
  },
  {
    query: `query ($f: CommitFilter = { since: "2024-01-01T00:00:00Z" }) { commits(filter: $f) { totalCount } }`,
  },
  {
    query: `subscription ($s: DateTime = "2024-01-01T00:00:00Z") { commitsIngested(after: "0") { repository { commits(filter: { since: $s }) { totalCount } } } }`,
  },
  {
    query: `query ($x: Boolean!) { feed @include(if: $x) { ...F } other: feed { ...F } } fragment F on FeedStatus { sequence }`,
    variables: { x: false },
  },
  {
    query: `query ($x: Boolean!) { commits { nodes @skip(if: $x) { ... { oid ...F } } edges { node { ...F } } } } fragment F on Commit { message }`,
    variables: { x: true },
  },
  { query: `query ($n: Int = 3) { topAuthors(first: $n) { name } }`, variables: { n: null } },
  { query: `query ($n: Int) { topAuthors(first: $n) { name } }`, variables: { n: null } },
  { query: `query ($i: ID = "1") { node(id: $i) { id } }`, variables: { i: null } },
  {
    query: `query ($d: OrderDirection = ASC) { commits(orderBy: { direction: $d }) { totalCount } }`,
    variables: { d: null },
  },
  {
    query: `query ($on: Boolean = true) { feed { sequence @include(if: $on) } }`,
    variables: { on: null },
  },
  {
    query: `query ($on: Boolean = true) { feed @skip(if: $on) { sequence } }`,
    variables: { on: null },
  },
  {
    query:
      "{ __proto__: feed { __proto__: sequence oldestSequence } constructor: feed { sequence } }",
  },
  {
    query: `subscription { commitsIngested(after: "0") { __proto__: sequence repository { __proto__: name } } }`,
  },
  {
    query: `subscription { commitsIngested(after: "0") { repository { commits(first: 1000) { totalCount } } } }`,
  },
];

/** The oracle is graphql-js: see graphql-oracle.ts. */
describe("a drawn operation, sent again and again and every way", () => {
  let api: TestApi;
  let oracle: Oracle;
  let ways: Record<string, PlainClient>;
  beforeAll(async () => {
    api = await startTestApi();
    oracle = await createOracle(api);
    let seed = 0;
    for (const name of ["one", "two"]) {
      const id = await storeRepository(api.database, "octo", name);
      for (const kind of ["LIVE", "BACKFILL", "BACKFILL", "LIVE"] as const) {
        seed += 1;
        await storeEvent(api.database, id, line(seed, 5), { kind });
      }
    }
    await api.ring();
    ways = {
      http: overHttp(api.url),
      "event stream": overEventStream(api.url),
      websocket: await overWebSocket(api.url),
    };
  });
  afterAll(async () => {
    await Promise.all(Object.values(ways).map((way) => way[Symbol.asyncDispose]()));
    oracle[Symbol.dispose]();
    await api[Symbol.asyncDispose]();
  });

  async function isAlike(
    operation: DrawnOperation,
    answers: readonly ToldAnswer[] = [],
    expected: readonly ToldAnswer[],
  ): Promise<boolean> {
    if (isDeepStrictEqual(answers, expected)) return true;
    const [[answer], [wanted]] = [answers, expected];
    if (answer?.data !== "null" || wanted?.data !== "null" || expected.length > 1) return false;
    // Which error first left nothing of the answer, and which others were in time, is chance.
    const possible = await oracle.possibleErrors(operation);
    return answer.errors.length > 0 && answer.errors.every((error) => possible.has(error));
  }

  /** Null, or what was answered otherwise than by the oracle, and which way. */
  async function compare(operation: DrawnOperation, names: readonly string[], events: number) {
    const expected = await oracle.answers(operation, events);
    for (let time = 1; time <= TIMES; time += 1) {
      for (const name of names) {
        const answers = await ways[name]?.send(operation, events);
        if (!(await isAlike(operation, answers, expected))) {
          return { operation, way: `${name}, ${time}`, answers, expected };
        }
      }
    }
    return null;
  }

  it.each(FOUND)(
    "is, where it once was not: $query $variables",
    async ({ query, variables = {} }) => {
      const isStream = query.startsWith("subscription");
      const names = rotated(0).filter((name) => !isStream || name !== "http");
      const fault = await compare({ query, variables }, names, isStream ? EVENTS : 1);
      expect(fault).toBeNull();
      expect(api.log()).not.toContain('"level":50');
    },
  );

  /** As it is where it is held: compiled exactly where it may be. */
  function isCompiled(query: string): boolean {
    const documents = createValidDocuments(oracle.schema, []);
    const [, held] = [documents.of(query), documents.of(query)];
    const isAllowed = isCompilable(oracle.schema, parse(query));
    if (!("kind" in held)) return false;
    const is = compiledQuery(oracle.schema, held) !== null;
    expect({ query, is }).toEqual({ query, is: isAllowed });
    return is;
  }

  const rotated = (by: number) => {
    const names = Object.keys(ways);
    return names.map((_, place) => names[(place + by) % names.length] ?? "");
  };

  const draws = {
    query: {
      root: () => oracle.schema.getQueryType(),
      fields: [
        ...["commit", "commitActivity", "commits", "failedTasks", "feed", "historyRewrites"],
        ...["node", "rateBudgets", "repositories", "repository", "topAuthors"],
        ...["activity", "authors", "nodes"],
        ...["commits", "repositories", "repository", "node"], // where there is most to draw
      ],
      runs: RUNS,
      always: {},
    },
    mutation: {
      root: () => oracle.schema.getMutationType(),
      fields: ["addRepository", "addRepositories", "discardTask", "retryTask"],
      runs: Math.ceil(RUNS / 8),
      always: {},
    },
    subscription: {
      root: () => oracle.schema.getSubscriptionType(),
      fields: ["commitsIngested"],
      runs: Math.ceil(RUNS / 6),
      always: { after: "0" },
    },
  };

  it.each(Object.entries(draws))(
    "is answered as graphql-js answers it, to the letter: %s",
    async (kind, { root, fields, runs, always }) => {
      const faults: unknown[] = [];
      let compiled = 0;
      for (let run = 0; run < runs && faults.length < FAULTS_SHOWN; run += 1) {
        const draw = new Draw(SEED + run);
        const operation = drawOperation(oracle.schema, draw, {
          root: root() as GraphQLObjectType,
          fields,
          always,
          ...(draw.chance(0.1)
            ? { values: UNKNOWN, rootsMax: 1 }
            : { values: VALUES, rootsMax: kind === "subscription" ? 1 : 3 }),
        });
        if (isCompiled(operation.query)) compiled += 1;
        const isStream = kind === "subscription";
        const names = rotated(run).filter((name) => !isStream || name !== "http");
        const fault = await compare(operation, names, isStream ? EVENTS : 1);
        if (fault !== null) faults.push({ ALIKE_SEED: SEED + run, ALIKE_RUNS: 1, ...fault });
      }
      expect(faults).toEqual([]);
      // What is drawn is of both kinds.
      if (runs >= 50) expect(compiled / runs).toBeGreaterThan(0.1);
      if (runs >= 50) expect(compiled / runs).toBeLessThan(0.9);
      expect(api.log()).not.toContain('"level":50');
    },
    0,
  );
});

import {
  execute,
  GraphQLError,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
} from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCompiledExecution } from "../../src/api/execution/compiled-execution.js";
import { post } from "../support/graphql-client.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { overWebSocket, startTestApi, type TestApi } from "./test-api.js";

const TIMES = 3; // the first is graphql's own, the others are compiled

describe("an operation that comes again", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
    const id = await storeRepository(api.database, "octo", "one");
    await storeRepository(api.database, "octo", "two");
    await storeEvent(api.database, id, line(1, 5));
  });
  afterAll(() => api[Symbol.asyncDispose]());

  const operations: readonly { query: string; variables?: Record<string, unknown> }[] = [
    { query: "{ feed { sequence } }" },
    { query: "{ a: feed { x: sequence __typename } b: feed { sequence } __typename }" },
    {
      query: `{ repositories(first: 1) { totalCount nodes { id nameWithOwner state commits(first: 2) { nodes { oid parents author { name } repository { name } } pageInfo { endCursor hasNextPage } } } } }`,
    },
    {
      query: `query ($n: Int = 2, $all: Boolean!) { commits(first: $n) { totalCount @include(if: $all) edges { cursor @skip(if: $all) node { ...facts } } } } fragment facts on Commit { oid committedAt url }`,
      variables: { all: true },
    },
    {
      query: `query ($filter: CommitFilter, $order: CommitOrder) { commits(filter: $filter, orderBy: $order) { nodes { message } } }`,
      variables: { filter: { author: "login-1", reachable: null }, order: { direction: "ASC" } },
    },
    {
      query: `query ($x: Boolean!) { a: commits { nodes { ...F @include(if: $x) } } b: commits { nodes { ...F ...F @skip(if: $x) } } } fragment F on Commit { oid author { name } }`,
      variables: { x: false },
    },
    {
      query: `query ($x: Boolean!) { a: commits { nodes { ... @skip(if: $x) { oid ...F } oid } } b: commits { nodes { ...F } } } fragment F on Commit { message }`,
      variables: { x: true },
    },
    { query: `query One { feed { sequence } } query Two { repositories { totalCount } }` },
    { query: `{ repository(nameWithOwner: "octo/none") { id } }` },
    { query: `{ repository { id } feed { sequence } }` },
    { query: `{ commits(first: 1000) { nodes { oid } } }` },
    {
      query: `{ commit(repository: "octo/none", oid: "${"a".repeat(40)}") { oid } other: commit(repository: "octo/one", oid: "x") { oid } }`,
    },
    {
      query: `query ($n: Int!) { commits(first: $n) { nodes { oid } } }`,
      variables: { n: "many" },
    },
    { query: `query ($n: Int!) { commits(first: $n) { nodes { oid } } }` },
    { query: `{ commits(after: "forged") { nodes { oid } } }` },
    { query: "{ __schema { queryType { name } types { name kind fields { name } } } }" },
    {
      query: `{ repositories(filter: { states: [ACTIVE, EMPTY] }) { nodes { state completeness { complete storedCount } } } }`,
    },
  ];

  it.each(operations)("has the same answer as at first: $query $variables", async (operation) => {
    const { query, variables } = operation;
    for (const send of [post, overWebSocket]) {
      const first = await send(api.url, query, variables);
      for (let time = 1; time < TIMES; time += 1) {
        expect(await send(api.url, query, variables)).toEqual(first);
      }
    }
  });

  it("runs the operation that is named, of several in one document", async () => {
    const query = "query One { feed { sequence } } query Two { repositories { totalCount } }";
    const named = async (operationName: string) => {
      const response = await fetch(`${api.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, operationName }),
      });
      return await response.json();
    };
    for (let time = 0; time < TIMES; time += 1) {
      expect(await named("One")).toEqual({ data: { feed: { sequence: "1" } } });
      expect(await named("Two")).toEqual({ data: { repositories: { totalCount: 2 } } });
    }
  });
});

describe("compiled execution", () => {
  const fails = () => {
    throw new GraphQLError("it failed", { extensions: { code: "FAILED" } });
  };
  const Thing = new GraphQLInterfaceType({
    name: "Thing",
    fields: { id: { type: GraphQLString } },
    resolveType: ({ kind }: { kind: string }) => kind,
  });
  const leaf = (name: string) =>
    new GraphQLObjectType({
      name,
      interfaces: [Thing],
      fields: {
        id: { type: GraphQLString, resolve: ({ kind }) => `a ${kind}` },
        number: {
          type: new GraphQLNonNull(GraphQLInt),
          resolve: ({ kind }) => (kind === "Bad" ? fails() : 1),
        },
        later: { type: GraphQLString, resolve: async ({ kind }) => kind },
        missing: { type: new GraphQLNonNull(GraphQLString), resolve: () => null },
      },
    });
  const [Good, Bad] = [leaf("Good"), leaf("Bad")];
  const things = () => [{ kind: "Good" }, { kind: "Bad" }, { kind: "Good" }];
  const schema = new GraphQLSchema({
    types: [Good, Bad],
    query: new GraphQLObjectType({
      name: "Query",
      fields: {
        things: { type: new GraphQLList(Thing), resolve: things },
        strict: { type: new GraphQLList(new GraphQLNonNull(Thing)), resolve: async () => things() },
        fails: { type: GraphQLString, resolve: fails },
        rejects: { type: GraphQLString, resolve: async () => fails() },
        seen: {
          type: GraphQLString,
          resolve: (_root, _args, context: { seen: string }) => context.seen,
        },
        echo: {
          type: GraphQLString,
          args: { text: { type: GraphQLString, defaultValue: "nothing" } },
          resolve: (_root, { text }, _context, info) =>
            `${text} ${info.fieldName} ${info.operation.operation} ${info.path.key}`,
        },
      },
    }),
  });

  it.each([
    "{ things { __typename id later } }",
    "{ things { ... on Good { number } ... on Bad { id number } } }",
    "{ strict { id ... on Good { missing } } fails }",
    "{ strict { id ... on Bad { number } } rejects seen }",
    '{ fails rejects things { id } a: echo b: echo(text: "x") c: echo(text: null) }',
  ])(
    "bubbles nulls, resolves abstract types and tells errors as graphql does: %s",
    async (query) => {
      const run = createCompiledExecution();
      const document = parse(query);
      const told = async (by: typeof run | typeof execute) => {
        const { data, errors } = await by({ schema, document, contextValue: { seen: "it" } });
        const faults = errors?.map(({ message, path, extensions, locations }) => ({
          ...{ message, path, code: extensions.code, locations },
        }));
        // Which of several errors comes first is nobody's promise.
        const sorted = faults?.map((fault) => JSON.stringify(fault)).sort();
        return { data: JSON.stringify(data), faults: sorted };
      };
      const expected = await told(execute);
      for (let time = 0; time < TIMES; time += 1) {
        const { data, faults } = await told(run);
        expect(data).toEqual(expected.data);
        // Below a parent that is null already there may be more of them.
        expect(faults ?? []).toEqual(expect.arrayContaining(expected.faults ?? []));
      }
    },
  );
});

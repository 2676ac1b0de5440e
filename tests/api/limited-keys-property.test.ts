import fc from "fast-check";
import type { GraphQLField, GraphQLObjectType } from "graphql";
import { describe, expect, it } from "vitest";
import type { OperationApis } from "../../src/api/execution/operation-api.js";
import { createSchema } from "../../src/api/schema/schema.js";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { type Answer, post } from "../support/graphql-client.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { RawSocket } from "../support/raw-socket.js";
import { keepOnly, patterns, sees, storeWorld, world } from "./limited-world.js";
import { startTestApi, type TestApi } from "./test-api.js";
import { bearer } from "./ways.js";
import { wholeSelection } from "./whole-selection.js";

const RUNS = Number(process.env.LIMITED_RUNS ?? 2);

/** What there is to ask for: in the whole database, visible or not. */
interface Names {
  /** Ids and names, former ones too, and some of nothing. */
  readonly refs: readonly string[];
  /** Of nodes of every type. */
  readonly ids: readonly string[];
  readonly oids: readonly string[];
  readonly cursors: {
    readonly commits: readonly string[];
    readonly arrivals: readonly string[];
    readonly repositories: readonly string[];
  };
}

const quoted = (text: string) => JSON.stringify(text);
const DATES = `since: "2024-01-01T00:00:00Z", until: "2024-01-02T00:00:00Z"`;

/** The arguments to ask each field of the schema's roots with. */
const QUERIES: Readonly<Record<string, (names: Names) => readonly string[]>> = {
  repository: ({ refs }) =>
    refs.map((ref) => `${ref.includes("/") ? "nameWithOwner" : "id"}: ${quoted(ref)}`),
  repositories: ({ cursors }) => [
    ...["", "first: 2", "last: 2", "filter: { states: [FAILED, ACTIVE] }"],
    ...[`filter: { owner: "OCTO" }`, `filter: { nameContains: "r" }`],
    ...["NAME", "ACTIVITY"].map((by) => `orderBy: { field: ${by}, direction: DESC }`),
    ...cursors.repositories.map((cursor) => `first: 2, after: ${quoted(cursor)}`),
  ],
  commit: ({ refs, oids }) =>
    refs.flatMap((ref) =>
      oids.slice(0, 3).map((oid) => `repository: ${quoted(ref)}, oid: ${quoted(oid)}`),
    ),
  commits: ({ refs, cursors }) => [
    ...["", "filter: { reachable: null }", "filter: { reachable: false }", "last: 3"],
    ...['author: "login-1"', 'text: "change"', DATES].map((filter) => `filter: { ${filter} }`),
    ...[`filter: { text: "change 1", author: "Author 1" }`],
    ...["", 'filter: { text: "body" }, ', "filter: { reachable: false }, "].map(
      (filter) => `${filter}orderBy: { field: SEQUENCE }`,
    ),
    ...refs.flatMap((ref) => [
      `repository: ${quoted(ref)}`,
      `repository: ${quoted(ref)}, filter: { author: "login-2", reachable: null }`,
    ]),
    ...cursors.commits.flatMap((cursor) => [
      `first: 3, after: ${quoted(cursor)}`,
      `last: 3, before: ${quoted(cursor)}`,
    ]),
    ...cursors.arrivals.map(
      (cursor) => `first: 3, after: ${quoted(cursor)}, orderBy: { field: SEQUENCE }`,
    ),
  ],
  feed: () => [""],
  failedTasks: ({ cursors }) => [
    ...["", "first: 1", "last: 1"],
    ...cursors.repositories.map((cursor) => `first: 1, after: ${quoted(cursor)}`),
  ],
  historyRewrites: ({ refs }) => refs.map((ref) => `repository: ${quoted(ref)}`),
  node: ({ ids }) => ids.map((id) => `id: ${quoted(id)}`),
  nodes: ({ ids }) => [`ids: [${ids.slice(0, 60).map(quoted).join(", ")}]`],
  rateBudgets: () => [""],
  ...{ viewer: () => [""], system: () => [""], apiKeys: () => [""] },
  authors: ({ refs }) => [
    "",
    "last: 2",
    DATES,
    ...refs.map((ref) => `${repository(ref)}, ${DATES}`),
  ],
  activity: ({ refs }) => [DATES, ...refs.map((ref) => `${repository(ref)}, ${DATES}`)],
  topAuthors: ({ refs }) => [
    ...["", "first: 1", DATES],
    ...refs.map((ref) => `repository: ${quoted(ref)}, ${DATES}`),
    ...refs.map((ref) => `repository: ${quoted(ref)}`),
  ],
  commitActivity: ({ refs }) => [
    ...[DATES, `interval: MONTH, ${DATES}`],
    ...refs.map((ref) => `repository: ${quoted(ref)}, ${DATES}`),
  ],
};

/** Of what is asked of a repository that is not to be seen. */
const MUTATIONS: Readonly<Record<string, (ref: string) => string>> = {
  ...{ addRepository: url, addRepositories: (ref) => `urls: [${quoted(ref)}]` },
  addOwner: (ref) => `login: ${quoted(ref.split("/")[0] ?? "")}, dryRun: true`,
  awaitCommit: (ref) => `${repository(ref)}, oid: "${"a".repeat(40)}", timeout: 0`,
  ...{ pauseRepository: repository, resumeRepository: repository, refreshRepository: repository },
  ...{ verifyRepository: repository, removeRepository: repository },
  resetCommitsFrom: (ref) => `${repository(ref)}, from: "2020-01-01T00:00:00Z"`,
  ...{ retryTask: id, discardTask: id, revokeApiKey: () => "number: 1" },
};
/** Told of the key and of the system: as to a key that is limited alike where there is nothing else. */
const OF_NO_REPOSITORY = ["viewer", "system", "apiKeys", "revokeApiKey"];
/** What comes in is refused by what it is called, and not told apart from what is there. */
const ADDING = ["addRepository", "addRepositories", "addOwner"];

function repository(ref: string): string {
  return `repository: ${quoted(ref)}`;
}
function id(ref: string): string {
  return `id: ${quoted(ref)}`;
}
function url(ref: string): string {
  return `url: ${quoted(ref)}`;
}

const schema = await createSchema({} as OperationApis);
const fieldsOf = (type: GraphQLObjectType | null | undefined) => type?.getFields() ?? {};
const documentOf = (kind: string, { name, type }: GraphQLField<unknown, unknown>, args: string) => {
  const hasLists = kind !== "mutation"; // of a hundred repositories their lists would be too many
  return `${kind} { ${name}${args && `(${args})`} ${wholeSelection(schema, type, hasLists)} }`;
};

interface Caller {
  readonly api: TestApi;
  readonly key: string;
}

const send = ({ api, key }: Caller, query: string) =>
  post<Record<string, unknown>>(api.url, query, {}, bearer(key));

/** One with the world and keys that are limited, one with nothing but what a key may see. */
async function startPair(from: TestDatabase, limits: readonly string[]) {
  const whole = await createTestDatabase({ copyOf: from });
  const reference = await createTestDatabase({ copyOf: from });
  const rows = await whole.database.primary.repository.findMany();
  const isVisible = (row: (typeof rows)[number]) => sees(limits, row);
  await keepOnly(
    reference.database,
    rows.filter(isVisible).map((row) => row.id),
  );
  const limited = await createApiKey(whole.database, {
    ...{ name: "limited", role: "WRITER", repositories: [...limits].sort() },
  });
  const all = await createApiKey(whole.database, { name: "all", role: "WRITER" });
  const own = await createApiKey(reference.database, { name: "all", role: "WRITER" });
  const alike = await createApiKey(reference.database, {
    ...{ name: "limited", role: "WRITER", repositories: [...limits].sort() },
  });
  const api = await startTestApi({ openTest: async () => whole });
  const referenceApi = await startTestApi({ openTest: async () => reference });
  return {
    limited: { api, key: limited.secret },
    all: { api, key: all.secret },
    reference: { api: referenceApi, key: own.secret },
    alike: { api: referenceApi, key: alike.secret },
    rows,
    hidden: rows.filter((row) => !isVisible(row)),
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await referenceApi[Symbol.asyncDispose]();
    },
  };
}

type Pair = Awaited<ReturnType<typeof startPair>>;

async function namesIn({ all, rows }: Pair): Promise<Names> {
  const data = async (query: string) => {
    const { data: answer, errors } = await send(all, query);
    expect(errors).toBeUndefined();
    return answer as Record<string, { edges: { cursor: string; node: { id: string } }[] }>;
  };
  const page = (args: string) => `(first: 100${args}) { edges { cursor node { id } } }`;
  const known = await data(`{ commits${page(", filter: { reachable: null }")}
    repositories${page("")} }`);
  const arrived = await data(`{ commits${page(", orderBy: { field: SEQUENCE }")} }`);
  const edges = [...(known.commits?.edges ?? []), ...(known.repositories?.edges ?? [])];
  const some = (list: typeof edges = []) =>
    list.filter((_, index) => index % 4 === 0).map(({ cursor }) => cursor);
  const former = await all.api.database.primary.repositoryName.findMany();
  const commits = await all.api.database.primary.commit.findMany({ select: { oid: true } });
  const ids = rows.map((row) => String(row.id));
  return {
    refs: [
      ...["acme/none", "nobody/none", "999999", "no name", "a/b/c"],
      ...[...ids, ...former.map(({ nameKey }) => nameKey)],
    ],
    ids: [
      ...edges.filter((_, at) => at % 3 === 0).map(({ node }) => node.id),
      ...ids,
      `999999:${"a".repeat(40)}`,
      "x",
    ],
    oids: [...new Set(commits.map(({ oid }) => Buffer.from(oid).toString("hex"))), "a".repeat(40)],
    cursors: {
      commits: some(known.commits?.edges),
      arrivals: some(arrived.commits?.edges),
      repositories: some(known.repositories?.edges),
    },
  };
}

async function expectAlike(
  pair: Pair,
  field: GraphQLField<unknown, unknown>,
  query: string,
): Promise<Answer<unknown>> {
  const reference = OF_NO_REPOSITORY.includes(field.name) ? pair.alike : pair.reference;
  const [answer, expected] = await Promise.all([send(pair.limited, query), send(reference, query)]);
  expect(answer, query).toEqual(expected);
  for (const { extensions } of answer.errors ?? []) {
    expect(extensions?.code, query).not.toBe("GRAPHQL_VALIDATION_FAILED");
  }
  return answer;
}

async function expectQueriesAlike(pair: Pair, names: Names): Promise<void> {
  for (const field of Object.values(fieldsOf(schema.getQueryType()))) {
    const seen = new Set<string>();
    for (const args of QUERIES[field.name]?.(names) ?? []) {
      seen.add(args);
      await expectAlike(pair, field, documentOf("query", field, args));
    }
    expect(seen.size, field.name).toBeGreaterThan(0);
  }
}

/** Of hidden repositories, called by all that they can be called; nothing becomes of any. */
async function expectMutationsAlike(pair: Pair): Promise<void> {
  const { hidden, limited } = pair;
  const { primary } = limited.api.database;
  const everything = async () => {
    const ids = hidden.map((row) => row.id);
    return await primary.$queryRaw`
      select r::text, w::text from repository r left join work w on w.subject_id = r.id
       where r.id = any(${ids}::int[]) order by r.id, w.kind`;
  };
  const before = await everything();
  for (const field of Object.values(fieldsOf(schema.getMutationType()))) {
    for (const row of hidden) {
      const byId = field.name.endsWith("Task") || !ADDING.includes(field.name);
      for (const ref of [`${row.owner}/${row.name}`, ...(byId ? [String(row.id)] : [])]) {
        const query = documentOf("mutation", field, MUTATIONS[field.name]?.(ref) ?? "");
        if (!ADDING.includes(field.name)) await expectAlike(pair, field, query);
        else {
          const nothing = ref.replace(/\/.*/, "/no-such");
          const other = documentOf("mutation", field, MUTATIONS[field.name]?.(nothing) ?? "");
          const answers = [await send(limited, query), await send(limited, other)];
          const [told, toldOfNothing] = answers.map((answer) => JSON.stringify(answer));
          expect(told).toContain("FORBIDDEN");
          expect(told?.replaceAll(ref, nothing)).toBe(toldOfNothing);
        }
      }
    }
  }
  expect(await everything()).toEqual(before);
}

/** The first messages of a subscription, as many as there are at the reference. */
async function expectSubscriptionsAlike(pair: Pair, { refs }: Names): Promise<void> {
  const counted = await pair.reference.api.database.primary.feedEvent.count();
  const { commitsIngested, repositoryUpdated } = fieldsOf(schema.getSubscriptionType());
  const asked = [
    { field: commitsIngested, args: 'after: "0"', count: counted },
    ...refs.map((ref) => ({
      ...{ field: repositoryUpdated, args: `repositories: [${quoted(ref)}]`, count: 1 },
    })),
  ];
  for (const { field, args, count } of asked) {
    if (field === undefined || count === 0) continue;
    const query = documentOf("subscription", field, args);
    const told = await Promise.all(
      [pair.limited, pair.reference].map(async ({ api, key }) => {
        await using socket = await RawSocket.ready(api.url, { apiKey: key });
        socket.subscribe("1", query);
        return await eventually(() => {
          const [told, refused] = [socket.of("next"), socket.of("error")];
          expect(refused.length > 0 || told.length >= count).toBe(true);
          return [...told, ...refused];
        });
      }),
    );
    expect(told[0], query).toEqual(told[1]);
  }
}

describe("whatever is asked with a limited key", () => {
  it("is in the test: every field of a root", () => {
    const names = (type: GraphQLObjectType | null | undefined) =>
      Object.keys(fieldsOf(type)).sort();
    expect(Object.keys(QUERIES).sort()).toEqual(names(schema.getQueryType()));
    expect(Object.keys(MUTATIONS).sort()).toEqual(names(schema.getMutationType()));
    expect(names(schema.getSubscriptionType())).toEqual(["commitsIngested", "repositoryUpdated"]);
  });

  it(`is answered as where there is nothing but what it may see (${RUNS} drawn worlds)`, async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(patterns, { minLength: 1, maxLength: 2 }),
        async (drawn, keys) => {
          await using origin = await createTestDatabase();
          await storeWorld(origin.database, drawn);
          await origin.database.close();
          for (const limits of keys) {
            await using pair = await startPair(origin, limits);
            const names = await namesIn(pair);
            await expectQueriesAlike(pair, names);
            await expectSubscriptionsAlike(pair, names);
            await expectMutationsAlike(pair);
          }
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 300_000);
});

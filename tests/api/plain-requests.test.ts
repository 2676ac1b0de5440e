import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../src/postgres/database.js";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const TIMES = 4; // interpreted, kept, then compiled

describe("a plain request", () => {
  let api: TestApi;
  let statements = 0;
  beforeAll(async () => {
    api = await startTestApi({
      database(real) {
        const query: Database["reader"]["query"] = (statement) => {
          statements += 1;
          return real.reader.query(statement);
        };
        return { ...real, reader: { ...real.reader, query } };
      },
    });
    const id = await storeRepository(api.database, "octo", "one");
    await storeEvent(api.database, id, line(1, 5));
  });
  afterAll(() => api[Symbol.asyncDispose]());

  async function send(body: unknown, headers: Record<string, string>) {
    const response = await fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    const { date: _, ...head } = Object.fromEntries(response.headers);
    return { status: response.status, head, text: await response.text() };
  }

  const commits = "query Commits($n: Int) { commits(first: $n) { nodes { oid url } } }";
  const accepts: Record<string, string>[] = [
    {},
    { accept: "application/json" },
    { accept: "application/graphql-response+json, application/json;q=0.9" },
    { accept: "application/graphql-response+json" },
    { accept: "text/plain" },
    { accept: "image/png" },
    { accept: "application/json; charset=utf-8, */*;q=0.1" },
  ];
  const bodies: unknown[] = [
    { query: commits },
    { query: commits, variables: null, operationName: null, extensions: null },
    { query: commits, variables: { n: 2 }, operationName: "Commits" },
    { query: commits, variables: { n: 2 }, operationName: "Others" },
    { query: commits, variables: { n: 2 }, operationName: "" },
    { query: commits, variables: { n: "two" } },
    { query: commits, variables: { n: 1_000 } },
    { query: commits, variables: [2] },
    { query: commits, variables: '{"n":2}' },
    { query: commits, operationName: 3 },
    { query: commits, extensions: { persistedQuery: { version: 1, sha256Hash: "0" } } },
    { query: commits, extensions: { anything: 1 } },
    { query: '{ repository(nameWithOwner: "octo/none") { id } commits { totalCount } }' },
    { query: '{ commit(repository: "octo/none", oid: "x") { oid } feed { sequence } }' },
    { query: `mutation { pauseRepository(repository: "octo/none") { changed } }` },
    { query: "subscription { commitsIngested { sequence } }" },
    { query: "{ nothing }" },
    { query: "{" },
    { query: "" },
    {},
    [{ query: commits }],
    "text",
  ];

  /** With extensions, which change nothing here, it is Apollo Server's to read and to answer. */
  const forApollo = (body: unknown) =>
    isBody(body) && body.extensions == null ? { ...body, extensions: {} } : body;

  it.each(bodies.map((body) => [JSON.stringify(body), body]))(
    "has Apollo Server's answer, byte for byte, whatever it accepts: %s",
    async (_title, body) => {
      for (const accept of accepts) {
        const whatApolloSays = await send(forApollo(body), accept);
        for (let time = 0; time < TIMES; time += 1) {
          expect(await send(body, accept), JSON.stringify(accept)).toEqual(whatApolloSays);
        }
      }
    },
  );

  const count = async () => {
    const { values } = await api.metrics.operations.get();
    return Object.fromEntries(
      values.map(({ labels, value }) => [`${labels.type} ${labels.outcome}`, value]),
    );
  };

  it("is not a mutation, a subscription, or another operation of the same text", async () => {
    const query = `query Q { feed { sequence } }
      mutation M { pauseRepository(repository: "octo/one") { repository { state } } }
      subscription S { commitsIngested { sequence } }`;
    const before = (await count())["mutation ok"] ?? 0;
    for (let time = 0; time < TIMES; time += 1) {
      expect((await send({ query, operationName: "Q" }, {})).text).toContain('"sequence":"1"');
      expect((await send({ query, operationName: "M" }, {})).text).toContain('"state":"PAUSED"');
      expect((await send({ query, operationName: "S" }, {})).status).toBe(400);
      expect((await send({ query }, {})).text).toContain("OPERATION_RESOLUTION_FAILURE");
    }
    expect((await count())["mutation ok"]).toBe(before + TIMES);
  });

  it("is carried out once, with errors too", async () => {
    const query = `query ($after: String) {
      repository(nameWithOwner: "octo/one") { name } commits(first: 1, after: $after) { nodes { oid } } }`;
    const sent = async (after: string | null) => {
      const before = statements;
      const { text } = await send({ query, variables: { after } }, {});
      return { text, statements: statements - before };
    };
    for (let time = 0; time < TIMES; time += 1) {
      expect((await sent(null)).statements).toBe(2);
      const failed = await sent("forged");
      expect(failed.text).toContain("is not a cursor");
      expect(failed.statements).toBe(1);
    }
  });

  it("is counted once, as what it is", async () => {
    for (const [query, outcome] of [
      ["{ feed { sequence } __typename }", "query ok"],
      ['{ commits(before: "forged") { totalCount } }', "query BAD_USER_INPUT"],
    ] as const) {
      for (let time = 0; time < TIMES; time += 1) {
        const before = await count();
        await send({ query }, {});
        const after = await count();
        expect(after).toEqual({ ...before, [outcome]: (before[outcome] ?? 0) + 1 });
      }
    }
  });

  it("sees what has changed since", async () => {
    const query = "{ repositories { totalCount } }";
    for (let time = 0; time < TIMES; time += 1) {
      const { text } = await send({ query }, {});
      expect(text).toContain(`"totalCount":${time + 1}`);
      await storeRepository(api.database, "octo", `another-${time}`);
    }
  });

  it("asks for a key like any other", async () => {
    await using guarded = await startTestApi();
    const { secret } = await createApiKey(guarded.database, { name: "one", role: "READER" });
    const status = async (authorization: string) => {
      const response = await fetch(`${guarded.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization },
        body: JSON.stringify({ query: "{ feed { sequence } }" }),
      });
      return response.status;
    };
    await eventually(async () => expect(await status("")).toBe(401)); // it knows by now
    for (let time = 0; time < TIMES; time += 1) {
      expect(await status(`Bearer ${secret}`)).toBe(200);
      expect(await status("")).toBe(401);
    }
  });
});

function isBody(body: unknown): body is { query: string; extensions?: unknown } {
  return typeof body === "object" && body !== null && "query" in body;
}

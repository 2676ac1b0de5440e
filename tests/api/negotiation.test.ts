import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const QUERY = "{ feed { sequence } }";
const MUTATION = `mutation { pauseRepository(repository: "octo/one") { __typename } }`;
const SUBSCRIPTION = `subscription { commitsIngested(after: "0") { sequence } }`;
const ORIGIN = "https://app.example.org";

const JSON_TYPE = "application/json; charset=utf-8";
const RESPONSE_TYPE = "application/graphql-response+json; charset=utf-8";
const STREAM_TYPE = "text/event-stream; charset=utf-8";

/** https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1, GraphQL over HTTP, GraphQL over SSE. */
describe("what an answer is sent as", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({ origins: [ORIGIN] });
    const id = await storeRepository(api.database, "octo", "one");
    await storeEvent(api.database, id, line(1, 2));
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  /** The head of an answer; a stream is left at once. */
  async function head(response: Response) {
    await response.body?.cancel();
    return { status: response.status, type: response.headers.get("content-type") };
  }
  const post = (
    query: string,
    headers: Record<string, string> = {},
    body?: string | Uint8Array<ArrayBuffer>,
  ) =>
    fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: body ?? JSON.stringify({ query }),
    });
  const get = (parameters: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${api.url}/graphql?${new URLSearchParams(parameters)}`, { headers });

  it.each([
    ["*/*", JSON_TYPE],
    ["application/json", JSON_TYPE],
    ["application/*", JSON_TYPE],
    ["application/graphql-response+json", RESPONSE_TYPE],
    ["application/graphql-response+json, application/json;q=0.9", RESPONSE_TYPE],
    ["application/json;q=0.9, application/graphql-response+json", RESPONSE_TYPE],
    ["application/json, application/graphql-response+json", JSON_TYPE],
    ["application/graphql-response+json;q=0, application/json", JSON_TYPE],
    ["application/graphql-response+json; q=0.1, application/json; q=0.2", JSON_TYPE],
    ["text/event-stream, application/json", JSON_TYPE],
    ["application/graphql-response+json, text/event-stream, multipart/mixed", RESPONSE_TYPE],
    ["text/event-stream, */*;q=0.1", JSON_TYPE],
    ["text/event-stream", STREAM_TYPE],
    ["text/event-stream, application/json;q=0", STREAM_TYPE],
    ["text/*", STREAM_TYPE],
    ["TEXT/Event-Stream", STREAM_TYPE],
  ])("of a query whose client accepts %s: %s", async (accept, type) => {
    for (const response of [
      await post(QUERY, { accept }),
      await get({ query: QUERY }, { accept }),
    ]) {
      expect(await head(response)).toEqual({ status: 200, type });
    }
  });

  it.each([
    ["text/event-stream"],
    ["application/json, text/event-stream"],
    ["application/graphql-response+json, application/json;q=0.5, text/event-stream;q=0.1"],
  ])("of a subscription whose client accepts %s is a stream", async (accept) => {
    const expected = { status: 200, type: STREAM_TYPE };
    expect(await head(await post(SUBSCRIPTION, { accept }))).toEqual(expected);
    expect(await head(await get({ query: SUBSCRIPTION }, { accept }))).toEqual(expected);
  });

  it.each(["application/json", "*/*", "application/json, text/event-stream;q=0"])(
    "of a subscription whose client accepts %s is why it cannot be",
    async (accept) => {
      const response = await post(SUBSCRIPTION, { accept });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain("accept: text/event-stream");
    },
  );

  it("is nothing that its client does not take", async () => {
    for (const accept of ["image/png", "application/json;q=0", "text/html"]) {
      expect((await head(await post(QUERY, { accept }))).status).toBe(406);
    }
  });

  it("tells by its status what became of the operation only where its type says so", async () => {
    const statusOf = async (accept: string) =>
      (await head(await post("{ nothing }", { accept }))).status;
    expect(await statusOf("application/graphql-response+json")).toBe(400);
    expect(await statusOf("application/json")).toBe(200);
    expect(await statusOf("application/json, application/graphql-response+json;q=0")).toBe(200);
    expect(await statusOf("application/graphql-response+json;q=0.1, application/json")).toBe(200);
  });

  it("is the same by GET as by POST, with variables and names", async () => {
    const query =
      "query One($n: Int) { commits(first: $n) { nodes { oid } } } query Two { feed { sequence } }";
    const variables = { n: 1 };
    const parameters = { query, variables: JSON.stringify(variables), operationName: "One" };
    const byGet = (await (await get(parameters)).json()) as {
      data: { commits: { nodes: unknown[] } };
    };
    const body = JSON.stringify({ query, variables, operationName: "One" });
    expect(byGet).toEqual(await (await post("", {}, body)).json());
    expect(byGet.data.commits.nodes).toHaveLength(1);
  });

  it("is 405 for a mutation by GET, whatever is accepted, and nothing is done", async () => {
    for (const accept of [
      "application/json",
      "text/event-stream",
      "application/graphql-response+json",
    ]) {
      const response = await get({ query: MUTATION }, { accept });
      expect(response.headers.get("allow")).toContain("POST");
      expect((await head(response)).status).toBe(405);
    }
    const { state } = await api.database.primary.repository.findFirstOrThrow();
    expect(state).not.toBe("PAUSED");
  });

  it.each([
    { query: "" },
    { variables: "{}" },
    { query: QUERY, variables: "{" },
    { query: QUERY, variables: "[1]" },
    { query: QUERY, variables: "3" },
    { query: QUERY, extensions: "nothing" },
  ])("is 400 for a GET of %j, streamed or not", async (parameters) => {
    for (const accept of ["application/json", "text/event-stream"]) {
      const response = await get(parameters as Record<string, string>, { accept });
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain("Internal");
    }
  });

  it("is refused to what a link or an image on another site's page asks for", async () => {
    const site = (name: string) => get({ query: QUERY }, { "sec-fetch-site": name });
    expect((await site("cross-site")).status).toBe(403);
    expect((await site("same-site")).status).toBe(403);
    expect((await site("same-origin")).status).toBe(200);
    expect((await site("none")).status).toBe(200);
    const allowed = { "sec-fetch-site": "cross-site", origin: ORIGIN };
    expect((await get({ query: QUERY }, allowed)).status).toBe(200);
    const evil = { "sec-fetch-site": "cross-site", origin: "https://evil.example.org" };
    expect((await get({ query: QUERY }, evil)).status).toBe(403);
  });

  it("can be read by an allowed page's script, streams too", async () => {
    for (const [query, accept] of [
      [QUERY, "application/json"],
      [QUERY, "text/event-stream"],
      [SUBSCRIPTION, "text/event-stream"],
    ] as const) {
      for (const response of [
        await post(query, { accept, origin: ORIGIN }),
        await get({ query }, { accept, origin: ORIGIN }),
      ]) {
        expect(response.headers.get("access-control-allow-origin")).toBe(ORIGIN);
        expect(response.headers.get("vary")?.toLowerCase()).toContain("origin");
        await response.body?.cancel();
      }
    }
  });

  it("is 415 for a body in an encoding or a type that is not taken", async () => {
    const body = new Uint8Array(gzipSync(JSON.stringify({ query: QUERY })));
    const compressed = await post("", { "content-encoding": "gzip" }, body);
    expect(compressed.status).toBe(415);
    expect(await compressed.text()).toContain("gzip");
    expect((await post(QUERY, { "content-encoding": "identity" })).status).toBe(200);
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml"]) {
      expect((await post(QUERY, { "content-type": type })).status).toBe(415);
    }
  });
});

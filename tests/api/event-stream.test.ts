import { execFile } from "node:child_process";
import { createClient } from "graphql-sse";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { type ApiEvent, COMMITS_INGESTED } from "../support/tracker-api.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

/** https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, distinct connections mode. */
describe("GraphQL over server-sent events", () => {
  let api: TestApi;
  let repositoryId: number;
  let seed = 0;
  beforeAll(async () => {
    api = await startTestApi({ connectionLimits: { stallMs: 5_000 } });
    repositoryId = await storeRepository(api.database, "octo", "one");
    await store();
    await store();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  async function store(length = 2, body = ""): Promise<string> {
    seed += 1;
    const commits = line(seed, length).map((one) => ({ ...one, message: one.message + body }));
    const sequence = await storeEvent(api.database, repositoryId, commits);
    await api.ring();
    return String(sequence);
  }
  const subscriberCount = async () => (await api.metrics.subscribers.get()).values[0]?.value ?? 0;
  const nobodyLeft = () => eventually(async () => expect(await subscriberCount()).toBe(0));
  const request = (body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) =>
    fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal && { signal }),
    });

  it("replays from a cursor, then goes on live, for the public graphql-sse client", async () => {
    const client = createClient({ url: `${api.url}/graphql`, singleConnection: false });
    const seen: string[] = [];
    const events = client.iterate<ApiEvent>({ query: COMMITS_INGESTED, variables: { after: "1" } });
    let last = "";
    for await (const { data } of events) {
      seen.push(data?.commitsIngested.sequence ?? "");
      if (seen.length === 1) last = await store();
      if (seen.at(-1) === last) break;
    }
    expect(seen).toEqual(["2", "3"]);
    client.dispose();
    await nobodyLeft();
  });

  it("can be read by curl, line by line", async () => {
    const reading = execFile("curl", [
      ...["-sN", `${api.url}/graphql`, "-H", "accept: text/event-stream"],
      ...["-H", "content-type: application/json"],
      ...["-d", '{"query":"subscription { commitsIngested(after: \\"0\\") { sequence } }"}'],
    ]);
    let text = "";
    reading.stdout?.on("data", (chunk) => {
      text += String(chunk);
    });
    await eventually(() => expect(text).toContain('{"data":{"commitsIngested":{"sequence":"2"}}}'));
    expect(text).toMatch(
      /event: next\ndata: \{"data":\{"commitsIngested":\{"sequence":"1"\}\}\}\n\n/,
    );
    reading.kill();
    await nobodyLeft();
  });

  it("answers a query with a next and a complete", async () => {
    const response = await request({ query: "{ feed { oldestSequence } }" });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect((await response.text()).replace(/^:\n\n/gm, "")).toMatch(
      /^event: next\ndata: \{"data":\{"feed":\{"oldestSequence":"1"\}\}\}\n\nevent: complete\ndata: ?\n\n$/,
    );
  });

  it.each([
    {
      what: "a document that is not valid",
      variables: {},
      query: "{ nothing }",
      code: "GRAPHQL_VALIDATION_FAILED",
    },
    {
      what: "a cursor from the future",
      variables: { after: "999999" },
      query: COMMITS_INGESTED,
      code: "BAD_USER_INPUT",
    },
    {
      what: "an unknown repository",
      variables: { repositories: ["octo/none"] },
      query: COMMITS_INGESTED,
      code: "NOT_FOUND",
    },
    {
      what: "too deep an operation",
      variables: {},
      query: `{ repositories { nodes { commits { nodes { repository { commits { nodes { repository { commits { nodes { repository { id } } } } } } } } } } } }`,
      code: "GRAPHQL_VALIDATION_FAILED",
    },
  ])("tells $what as the stream's only event", async ({ query, variables, code }) => {
    const text = await (await request({ query, variables })).text();
    const [, data] = /event: next\ndata: (.*)\n/.exec(text) ?? [];
    expect(JSON.parse(data ?? "null").errors[0].extensions.code).toBe(code);
    expect(text).toContain("event: complete");
  });

  it("is refused to a form, so that no other site's page can ask", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const response = await request('{"query":"{ feed { sequence } }"}', { "content-type": type });
      expect(response.status).toBe(415);
    }
  });

  it("takes no event from the feed that its client is not ready for, and cuts off one that stalls", async () => {
    await using own = await startTestApi({ connectionLimits: { stallMs: 1_000 } });
    const id = await storeRepository(own.database, "octo", "heavy");
    for (let at = 1; at <= 30; at += 1) {
      const commits = line(at, 100).map((one) => ({ ...one, message: "x".repeat(20_000) }));
      await storeEvent(own.database, id, commits);
    }
    const query = `subscription { commitsIngested(after: "0") { sequence commits { message } } }`;
    const response = await fetch(`${own.url}/graphql`, {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    const reader = response.body?.getReader();
    await reader?.read(); // and then nothing
    await eventually(async () => {
      expect((await own.metrics.slowSubscribers.get()).values[0]?.value).toBe(1);
      expect((await own.metrics.subscribers.get()).values[0]?.value).toBe(0);
    });
    await reader?.cancel().catch(() => {});
  });

  it("is one of a bounded number", async () => {
    await using own = await startTestApi({ connectionLimits: { streamsMax: 1 } });
    const open = (signal?: AbortSignal) =>
      fetch(`${own.url}/graphql`, {
        method: "POST",
        headers: { accept: "text/event-stream", "content-type": "application/json" },
        body: JSON.stringify({ query: "subscription { commitsIngested { sequence } }" }),
        ...(signal && { signal }),
      });
    const leaving = new AbortController();
    await open(leaving.signal);
    const refused = await open();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
    expect(await refused.json()).toMatchObject({
      errors: [{ message: expect.stringContaining("Too many") }],
    });
    leaving.abort();
    await eventually(async () => {
      const next = await open();
      expect(next.status).toBe(200);
      await next.body?.cancel();
    });
  });

  it("is cut off without a complete when the process is told to end", async () => {
    await using own = await startTestApi();
    const response = await fetch(`${own.url}/graphql`, {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json" },
      body: JSON.stringify({ query: "subscription { commitsIngested { sequence } }" }),
    });
    const text = response.text().catch((error: unknown) => String(error));
    await eventually(async () =>
      expect((await own.metrics.subscribers.get()).values[0]?.value).toBe(1),
    );
    await own.stop();
    expect(await text).not.toContain("complete");
    expect((await own.metrics.subscribers.get()).values[0]?.value).toBe(0);
  });

  it("logs nothing as an error for all of that", () => {
    expect(api.log()).not.toMatch(/"level":(50|60)/);
  });
});

import { request as httpRequest } from "node:http";
import { getIntrospectionQuery } from "graphql";
import { describe, expect, it } from "vitest";
import WebSocket from "ws";
import { openDatabase } from "../../src/postgres/database.js";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { RawSocket } from "../support/raw-socket.js";
import { startTestApi, type TestApi } from "./test-api.js";
import { bearer, WAYS } from "./ways.js";

const QUERY = "{ __typename }";

const post = (api: TestApi, headers: Record<string, string> = {}, query = QUERY) =>
  fetch(`${api.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });

/** The status, with headers that fetch does not let anybody set. */
function statusOf(api: TestApi, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${api.url}/graphql`,
      { method: "POST", headers: { "content-type": "application/json", ...headers } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    request.on("error", reject);
    request.end(JSON.stringify({ query: QUERY }));
  });
}

/** "open", or the status that the upgrade was refused with. */
function upgrade(api: TestApi, headers: Record<string, string>): Promise<string | number> {
  const url = `${api.url.replace(/^http/, "ws")}/graphql`;
  const socket = new WebSocket(url, "graphql-transport-ws", { headers });
  return new Promise((resolve) => {
    socket.once("unexpected-response", (_request, { statusCode = 0 }) => resolve(statusCode));
    socket.once("open", () => resolve("open"));
    socket.once("error", () => {}); // told by the response
  }).finally(() => socket.terminate()) as Promise<string | number>;
}

describe("pages of other origins", () => {
  const OURS = "https://dashboard.example.org";

  it("are refused, unless they are listed", async () => {
    await using api = await startTestApi({ origins: [OURS] });
    const foreign = ["https://evil.example", "http://127.0.0.1:1", "null", `${OURS}.evil.example`];
    for (const origin of foreign) {
      for (const accept of ["application/json", "text/event-stream"]) {
        const response = await post(api, { origin, accept });
        expect(response.status).toBe(403);
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
        expect(await response.json()).toMatchObject({
          errors: [{ extensions: { code: "FORBIDDEN" } }],
        });
      }
      expect(await upgrade(api, { origin })).toBe(403);
    }
    for (const origin of [OURS, api.url]) {
      expect((await post(api, { origin })).status).toBe(200);
      expect(await upgrade(api, { origin })).toBe("open");
    }
  });

  it("are told by a preflight whether they may ask, and with which headers", async () => {
    await using api = await startTestApi({ origins: [OURS] });
    const preflight = (origin: string) =>
      fetch(`${api.url}/graphql`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type",
        },
      });
    const allowed = await preflight(OURS);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(OURS);
    expect(allowed.headers.get("access-control-allow-headers")).toContain("authorization");
    expect(allowed.headers.get("access-control-allow-credentials")).toBeNull();
    expect(
      (await preflight("https://evil.example")).headers.get("access-control-allow-origin"),
    ).toBe(null);
    const answer = await post(api, { origin: OURS });
    expect(answer.headers.get("access-control-allow-origin")).toBe(OURS);
  });

  it("do not become ours by a name of theirs that points here, where no key is needed", async () => {
    await using api = await startTestApi();
    const { port } = new URL(api.url);
    const rebound = { host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
    expect(await statusOf(api, rebound)).toBe(403);
    expect(await upgrade(api, rebound)).toBe(403);
    for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
      expect(await statusOf(api, { host: `${name}:${port}` })).toBe(200);
      expect(await upgrade(api, { host: `${name}:${port}` })).toBe("open");
    }
    const { secret } = await createApiKey(api.database, { name: "proxy", role: "READER" });
    await eventually(async () => expect((await post(api)).status).toBe(401));
    const proxied = { host: "tracker.example.org", ...bearer(secret) };
    expect(await statusOf(api, proxied)).toBe(200);
  });
});

describe("operations of one key", () => {
  it.each(WAYS)("are so many a minute over $way, and no other key's", async ({ way, send }) => {
    await using api = await startTestApi({ operationsPerMinute: 3 });
    const make = async () =>
      (await createApiKey(api.database, { name: way, role: "READER" })).secret;
    const [busy, other] = [await make(), await make()];
    await eventually(async () => expect((await post(api)).status).not.toBe(200));
    for (let count = 0; count < 3; count += 1) {
      expect((await send(api.url, { query: QUERY, key: busy })).errors).toBeUndefined();
    }
    const { data, errors } = await send(api.url, { query: QUERY, key: busy });
    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.extensions).toEqual({
      code: "RATE_LIMITED",
      retryAfter: expect.any(Number),
    });
    expect((await send(api.url, { query: QUERY, key: other })).errors).toBeUndefined();
    const response = await post(api, bearer(busy));
    expect(response.status).toBe(429);
    const seconds = Number(response.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
  });

  it("are counted together, whichever way they come", async () => {
    await using api = await startTestApi({ operationsPerMinute: 3 });
    for (const { send } of WAYS) {
      expect((await send(api.url, { query: QUERY })).errors).toBeUndefined();
    }
    for (const { send } of WAYS) {
      const { errors } = await send(api.url, { query: QUERY });
      expect(errors?.[0]?.extensions?.code).toBe("RATE_LIMITED");
    }
  });

  it("are not held up by who tries wrong keys from the same address", async () => {
    await using api = await startTestApi({ operationsPerMinute: 3 });
    const { secret } = await createApiKey(api.database, { name: "right", role: "READER" });
    await eventually(async () => expect((await post(api, bearer("x"))).status).toBe(429));
    await using raw = await RawSocket.open(api.url);
    raw.say({ type: "connection_init", payload: { apiKey: "x" } });
    expect((await raw.gone()).reason).toMatch(/in a minute/);
    expect((await post(api, bearer(secret))).status).toBe(200);
  });
});

describe("a schema that is not to be known", () => {
  it.each(WAYS)("cannot be asked for over $way", async ({ send }) => {
    await using api = await startTestApi({ isIntrospectable: false });
    for (const query of [
      getIntrospectionQuery(),
      "{ __schema { queryType { name } } }",
      `{ __type(name: "Repository") { fields { name } } }`,
      `query { ...F } fragment F on Query { __schema { types { name } } }`,
    ]) {
      const { data, errors } = await send(api.url, { query });
      expect(data ?? null).toBeNull();
      expect(errors?.[0]?.extensions?.code).toBe("GRAPHQL_VALIDATION_FAILED");
    }
    expect(await send(api.url, { query: QUERY })).toEqual({ data: { __typename: "Query" } });
  });
});

describe("a query that takes the database too long", () => {
  it.each(WAYS)("is cut off and told so over $way", async ({ send }) => {
    await using api = await startTestApi({
      database: (_real, url) => openDatabase({ url, connectionsMax: 4, limits: { readMs: 300 } }),
    });
    const query = "{ repositories { totalCount } }";
    await api.database.transaction(async (tx) => {
      await tx.$executeRaw`lock table repository in access exclusive mode`;
      const { errors } = await send(api.url, { query });
      expect(errors?.[0]).toMatchObject({ extensions: { code: "QUERY_TOO_EXPENSIVE" } });
      expect(JSON.stringify(errors)).not.toMatch(/statement|timeout|57014|select|prisma/i);
    });
    expect((await send(api.url, { query })).errors).toBeUndefined();
  });
});

describe("a body that is too long", () => {
  it("is refused with 413 and what is taken; a stranger's is not even read", async () => {
    await using api = await startTestApi();
    const long = `{ __typename } # ${"x".repeat(300_000)}`;
    const refused = await post(api, {}, long);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({
      errors: [{ message: expect.stringContaining("at most 262144 bytes") }],
    });
    await createApiKey(api.database, { name: "some", role: "READER" });
    await eventually(async () => expect((await post(api)).status).toBe(401));
    expect((await post(api, {}, long)).status).toBe(401);
  });
});

import type { GraphQLField, GraphQLObjectType } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationApis } from "../../src/api/execution/operation-api.js";
import { createSchema } from "../../src/api/schema/schema.js";
import { API_ROLES, type ApiRole } from "../../src/domain/api-key.js";
import { isTrackerError } from "../../src/domain/errors.js";
import { createApiKey, listApiKeys, revokeApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import { RawSocket } from "../support/raw-socket.js";
import { storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";
import { bearer, WAYS } from "./ways.js";

const QUERY = "{ feed { sequence } }";
const MUTATION = `mutation { pauseRepository(repository: "octo/one") { changed } }`;
const SUBSCRIPTION = "subscription { commitsIngested { sequence } }";
/** What each role may do beyond the one before it. */
const MUTATIONS: Readonly<Record<string, ApiRole>> = {
  awaitCommit: "READER",
  addRepository: "OPERATOR",
  addRepositories: "OPERATOR",
  addOwner: "OPERATOR",
  pauseRepository: "OPERATOR",
  resumeRepository: "OPERATOR",
  refreshRepository: "OPERATOR",
  retryTask: "OPERATOR",
  verifyRepository: "OPERATOR",
  discardTask: "WRITER",
  removeRepository: "WRITER",
  resetCommitsFrom: "WRITER",
  revokeApiKey: "WRITER",
};
/** Of queries, those that take more than a reader. */
const QUERIES: Readonly<Record<string, ApiRole>> = { apiKeys: "WRITER" };
const UNKNOWN = `ghct_${"0".repeat(40)}`;

const request = (api: TestApi, headers: Record<string, string> = {}, query = QUERY) =>
  fetch(`${api.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });

describe("a tracker without keys", () => {
  it("serves everybody on its own machine, and nobody any more once there is a key", async () => {
    await using api = await startTestApi();
    await storeRepository(api.database, "octo", "one");
    for (const { send } of WAYS) {
      expect((await send(api.url, { query: MUTATION })).errors).toBeUndefined();
    }
    await using socket = await RawSocket.ready(api.url);
    const stream = await request(api, { accept: "text/event-stream" }, SUBSCRIPTION);
    const text = stream.text().catch(() => "cut");
    const { secret } = await createApiKey(api.database, { name: "first", role: "READER" });
    await eventually(async () => expect((await request(api)).status).toBe(401));
    expect((await request(api, bearer(secret))).status).toBe(200);
    expect(await socket.gone()).toEqual({ code: 4401, reason: "An API key is needed now" });
    expect(await text).toBe("cut");
  });

  it("does not mind a key that is sent all the same", async () => {
    await using api = await startTestApi();
    expect((await request(api, bearer(UNKNOWN))).status).toBe(200);
  });
});

describe("API keys", () => {
  let api: TestApi;
  let reader: string;
  let writer: string;
  const make = async (role: ApiRole) => {
    const { key, secret } = await createApiKey(api.database, { name: role, role });
    return { id: key.id, secret };
  };
  beforeAll(async () => {
    api = await startTestApi();
    await storeRepository(api.database, "octo", "one");
    reader = (await make("READER")).secret;
    writer = (await make("WRITER")).secret;
    await eventually(async () => expect((await request(api)).status).toBe(401)); // it knows by now
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it("are kept as hashes only, and listed by how they begin", async () => {
    const rows = await api.database.primary.apiKey.findMany();
    expect(rows).toHaveLength(2);
    const kept = JSON.stringify(rows) + JSON.stringify(await listApiKeys(api.database));
    expect(kept).not.toContain(reader);
    expect(kept).not.toContain(reader.slice("ghct_".length, -8));
    expect(rows.map(({ prefix }) => reader.startsWith(prefix)).filter(Boolean)).toHaveLength(1);
    expect(reader).toMatch(/^ghct_[0-9a-f]{40}$/);
  });

  it.each(WAYS)("let a reader query and a writer change, over $way", async ({ send }) => {
    expect((await send(api.url, { query: QUERY, key: reader })).errors).toBeUndefined();
    const refused = await send(api.url, { query: MUTATION, key: reader });
    expect(refused.data ?? null).toBeNull();
    expect(refused.errors?.[0]?.extensions).toEqual({ code: "FORBIDDEN" });
    expect((await send(api.url, { query: MUTATION, key: writer })).errors).toBeUndefined();
  });

  it("are told with the statuses of HTTP: 401 with www-authenticate, 403", async () => {
    for (const accept of ["application/json", "text/event-stream"]) {
      for (const headers of [{}, bearer(UNKNOWN), bearer("nonsense"), { authorization: reader }]) {
        const response = await request(api, { accept, ...headers });
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toMatch(/^Bearer /);
        expect(await response.json()).toMatchObject({
          errors: [{ extensions: { code: "UNAUTHENTICATED" } }],
        });
      }
    }
    const forbidden = await request(api, bearer(reader), MUTATION);
    expect(forbidden.status).toBe(403);
  });

  it("are asked for before a connection is acknowledged: 4401 without one, 4403 with a wrong one", async () => {
    const params = [undefined, {}, { authorization: "" }, { apiKey: null }];
    const wrong = [{ authorization: `Bearer ${UNKNOWN}` }, { apiKey: UNKNOWN }, { apiKey: 7 }];
    for (const payload of [...params, ...wrong]) {
      await using raw = await RawSocket.open(api.url);
      raw.say({ type: "connection_init", ...(payload && { payload }) });
      const { code } = await raw.gone();
      expect(code).toBe(wrong.some((one) => one === payload) ? 4403 : 4401);
      expect(raw.received).toEqual([]);
    }
  });

  it("cannot be gone round by a subscribe before the connection is acknowledged", async () => {
    await using raw = await RawSocket.open(api.url);
    raw.subscribe("1", QUERY);
    expect((await raw.gone()).code).toBe(4401);
    expect(raw.received).toEqual([]);
  });

  it("are taken from connectionParams in either form", async () => {
    for (const payload of [
      { authorization: `Bearer ${reader}` },
      { Authorization: `bearer ${reader}` },
      { apiKey: reader },
    ]) {
      await using raw = await RawSocket.ready(api.url, payload);
      raw.subscribe("1", QUERY);
      await raw.hear("next", "1");
    }
  });

  it("end what is connected with them when they are revoked, and nothing else", async () => {
    const doomed = await make("WRITER");
    await using socket = await RawSocket.ready(api.url, { apiKey: doomed.secret });
    socket.subscribe("1", SUBSCRIPTION);
    await using other = await RawSocket.ready(api.url, { apiKey: reader });
    const headers = { accept: "text/event-stream", ...bearer(doomed.secret) };
    const stream = await request(api, headers, SUBSCRIPTION);
    const text = stream.text().catch(() => "cut");
    expect(await revokeApiKey(api.database, doomed.id)).toMatchObject({
      changed: true,
      key: { id: doomed.id },
    });
    expect(await revokeApiKey(api.database, doomed.id)).toMatchObject({ changed: false });
    expect(await socket.gone()).toEqual({ code: 4403, reason: "This API key was revoked" });
    expect(await text).toBe("cut");
    await eventually(async () => {
      expect((await request(api, bearer(doomed.secret))).status).toBe(401);
    });
    other.subscribe("1", QUERY);
    await other.hear("next", "1");
  });

  it("tell when they were last used", async () => {
    await eventually(async () => {
      const used = (await listApiKeys(api.database)).filter(({ lastUsedAt }) => lastUsedAt);
      expect(used.length).toBeGreaterThanOrEqual(2);
    });
  });

  it("go on working while the database is away", async () => {
    let isAway = false;
    const database = {
      ...api.database,
      get primary() {
        if (isAway) throw new Error("away");
        return api.database.primary;
      },
    };
    await using own = await startTestApi({ keysFrom: database });
    expect((await request(own, bearer(reader))).status).toBe(200);
    isAway = true;
    await eventually(async () => {
      expect((await request(own, bearer(reader))).status).toBe(200);
      expect(own.log()).toContain("keys could not be read");
    });
    expect((await request(own, bearer(reader))).status).toBe(200);
    expect((await request(own, bearer(UNKNOWN))).status).toBe(401);
  });

  it("stay needed when all are revoked, for the process that runs and for the next", async () => {
    await using own = await startTestApi();
    const { key, secret } = await createApiKey(own.database, { name: "only", role: "WRITER" });
    await eventually(async () => expect((await request(own)).status).toBe(401));
    await revokeApiKey(own.database, key.id);
    await eventually(async () => expect((await request(own, bearer(secret))).status).toBe(401));
    expect((await request(own)).status).toBe(401);
    await using next = await startTestApi({ keysFrom: own.database });
    expect((await request(next)).status).toBe(401);
  });

  it("stand in no log and in no answer", async () => {
    await post(api.url, `{ repository(nameWithOwner: "${writer}") { id } }`, {}, bearer(writer));
    await post(api.url, `{ ${writer} }`, {}, bearer(writer));
    await using raw = await RawSocket.open(api.url);
    raw.say({ type: "connection_init", payload: { apiKey: `${writer}x` } });
    expect((await raw.gone()).reason).not.toContain(writer);
    const answer = await (await request(api, bearer(`${writer}x`))).text();
    expect(answer).not.toContain(writer);
    expect(api.log()).not.toContain(writer);
    expect(api.log()).not.toMatch(/"level":(50|60)/);
  });
});

describe("every root field there is", async () => {
  const schema = await createSchema({ of: () => ({}) } as unknown as OperationApis);
  const fieldsOf = (type: GraphQLObjectType | null | undefined) =>
    Object.values(type?.getFields() ?? {});
  const code = async (run: unknown, context: object) => {
    const call = run as (source: object, args: object, context: object, info: object) => unknown;
    try {
      await call({}, {}, context, { operation: { operation: "query" } });
    } catch (error) {
      if (isTrackerError(error)) return error.code;
    }
    return null;
  };

  async function requireRole(field: GraphQLField<unknown, unknown>, least: string): Promise<void> {
    expect(API_ROLES).toContain(least);
    expect(await code(field.resolve, {})).toBe("UNAUTHENTICATED");
    for (const role of API_ROLES) {
      const isRefused = (await code(field.resolve, { caller: { keyId: 1, role } })) === "FORBIDDEN";
      expect({ role, isRefused }).toEqual({
        role,
        isRefused: API_ROLES.indexOf(role) < API_ROLES.indexOf(least as ApiRole),
      });
    }
  }

  it.each(fieldsOf(schema.getMutationType()))("asks for its role: $name", async (field) => {
    await requireRole(field, MUTATIONS[field.name] ?? "");
  });

  it.each(fieldsOf(schema.getQueryType()))("tells nobody unknown $name", async (field) => {
    await requireRole(field, QUERIES[field.name] ?? "READER");
  });

  it.each(fieldsOf(schema.getSubscriptionType()))(
    "lets nobody unknown follow $name",
    async (field) => {
      expect(await code(field.subscribe, {})).toBe("UNAUTHENTICATED");
    },
  );
});

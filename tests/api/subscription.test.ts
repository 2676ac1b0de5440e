import { once } from "node:events";
import { GraphQLError, GraphQLInt, GraphQLObjectType, GraphQLSchema, parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { createCompiledExecution } from "../../src/api/execution/compiled-execution.js";
import { createRender } from "../../src/api/live/rendering.js";
import { createSendingTurns } from "../../src/api/live/sending-turns.js";
import { deliverSource } from "../../src/api/live/source-delivery.js";
import { eventually } from "../support/eventually.js";
import { type Answer, post, subscribe } from "../support/graphql-client.js";
import { type ApiEvent, COMMITS_INGESTED } from "../support/tracker-api.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { overWebSocket, startTestApi, type TestApi } from "./test-api.js";

const fault = (answer: Answer<unknown>) => answer.errors?.[0]?.extensions;

describe("subscribing to commitsIngested", () => {
  let api: TestApi;
  let one: number;
  let two: number;
  beforeAll(async () => {
    api = await startTestApi();
    one = await storeRepository(api.database, "octo", "one");
    two = await storeRepository(api.database, "octo", "two");
    await api.database.primary.repositoryName.create({
      data: { nameKey: "octo/uno", repositoryId: one },
    });
    await storeEvent(api.database, one, line(1, 3), { kind: "BACKFILL" });
    await storeEvent(api.database, two, line(2, 2), { kind: "BACKFILL" });
    await storeEvent(api.database, one, line(3, 1));
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const sequences = (events: readonly ApiEvent[]) =>
    events.map(({ commitsIngested: { sequence } }) => sequence);
  const subscribers = async () => (await api.metrics.subscribers.get()).values[0]?.value ?? 0;

  it('replays everything after "0", then goes on live, each event once and in order', async () => {
    await using events = subscribe<ApiEvent>(api.url, COMMITS_INGESTED, { after: "0" });
    await eventually(() => expect(events.received).toHaveLength(3));
    const head = line(4, 2);
    await storeEvent(api.database, two, head);
    await api.ring();
    await eventually(() => expect(events.received).toHaveLength(4));
    expect(sequences(events.received)).toEqual(["1", "2", "3", "4"]);
    expect(events.received[3]?.commitsIngested).toEqual({
      sequence: "4",
      cursor: "4",
      kind: "LIVE",
      headOid: head[0]?.oid,
      repository: { nameWithOwner: "octo/two" },
      commits: head.map(({ oid, message }) => ({
        oid,
        messageHeadline: message.split("\n", 1)[0],
      })),
    });
    expect(events.errors).toEqual([]);
  });

  it("goes on after any cursor it gave out", async () => {
    await using events = subscribe<ApiEvent>(api.url, COMMITS_INGESTED, { after: "2" });
    await eventually(() => expect(sequences(events.received).slice(0, 2)).toEqual(["3", "4"]));
  });

  it.each([
    { what: "a name", variables: { repositories: ["OCTO/one"] }, expected: ["1", "3"] },
    { what: "a former name", variables: { repositories: ["octo/uno"] }, expected: ["1", "3"] },
    { what: "a kind", variables: { kinds: ["BACKFILL"] }, expected: ["1", "2"] },
    {
      what: "several of both",
      variables: { repositories: ["octo/one", "octo/two"], kinds: ["LIVE"] },
      expected: ["3", "4"],
    },
  ])("delivers only what $what asks for", async ({ variables, expected }) => {
    await using events = subscribe<ApiEvent>(api.url, COMMITS_INGESTED, {
      after: "0",
      ...variables,
    });
    await eventually(() => expect(sequences(events.received)).toEqual(expected));
    expect(events.errors).toEqual([]);
  });

  it("finds repositories by id", async () => {
    await using events = subscribe<ApiEvent>(api.url, COMMITS_INGESTED, {
      after: "0",
      repositories: [String(two)],
    });
    await eventually(() => expect(sequences(events.received)).toEqual(["2", "4"]));
  });

  it("names what a force push orphaned", async () => {
    const [old, ...kept] = line(5, 3);
    await storeEvent(
      api.database,
      one,
      [old, ...kept].flatMap((commit) => commit ?? []),
    );
    const sequence = await storeEvent(api.database, one, [], {
      headOid: kept[0]?.oid ?? null,
      orphanedOids: [old?.oid ?? ""],
    });
    const query = `subscription ($after: String) {
      commitsIngested(after: $after) { orphanedOids headOid commits { oid } } }`;
    const { data } = await overWebSocket(api.url, query, { after: String(sequence - 1n) });
    expect(data).toEqual({
      commitsIngested: { orphanedOids: [old?.oid], headOid: kept[0]?.oid, commits: [] },
    });
  });

  it.each([
    ...["", "x", "-1", "1.5", "01", " 1", "9".repeat(30), "99999999"].map((after) => ({
      variables: { after },
      expected: { code: "BAD_USER_INPUT", field: "after" },
    })),
    {
      variables: { repositories: ["octo/one", "octo/none"] },
      expected: { code: "NOT_FOUND", field: "repositories" },
    },
    ...[{ repositories: [] }, { repositories: Array(101).fill("octo/one") }].map((variables) => ({
      variables,
      expected: { code: "BAD_USER_INPUT", field: "repositories" },
    })),
    { variables: { kinds: [] }, expected: { code: "BAD_USER_INPUT", field: "kinds" } },
    { variables: { kinds: ["NONE"] }, expected: { code: "BAD_USER_INPUT" } },
  ])("refuses $variables", async ({ variables, expected }) => {
    expect(fault(await overWebSocket(api.url, COMMITS_INGESTED, variables))).toMatchObject(
      expected,
    );
  });

  it("is let go of at once when its subscriber leaves, also while it waits", async () => {
    const before = await subscribers();
    const events = subscribe<ApiEvent>(api.url, COMMITS_INGESTED);
    await eventually(async () => expect(await subscribers()).toBe(before + 1));
    await events[Symbol.asyncDispose]();
    await eventually(async () => expect(await subscribers()).toBe(before));
  });

  it("is sent to the WebSocket when it comes over HTTP", async () => {
    const answer = await post(api.url, COMMITS_INGESTED);
    expect(fault(answer)).toMatchObject({ code: "BAD_REQUEST" });
    expect(answer.errors?.[0]?.message).toContain("WebSocket");
  });

  it("ends with 1001 when the process is told to end", async () => {
    await using own = await startTestApi();
    const socket = open(own.url);
    await once(socket, "open");
    const closed = once(socket, "close");
    socket.send('{"type":"connection_init"}');
    await once(socket, "message");
    socket.send(
      JSON.stringify({ id: "1", type: "subscribe", payload: { query: COMMITS_INGESTED } }),
    );
    await eventually(async () =>
      expect((await own.metrics.subscribers.get()).values[0]?.value).toBe(1),
    );
    await own.stop();
    const [code] = await closed;
    expect(code).toBe(1001);
    expect((await own.metrics.subscribers.get()).values[0]?.value).toBe(0);
  });

  it("waits for an event that cannot be read just now, and goes on with it, leaving none out", async () => {
    let isBroken = false;
    let refused = 0;
    await using own = await startTestApi({
      database: (real) => ({
        ...real,
        get liveReader() {
          if (!isBroken) return real.liveReader;
          refused += 1;
          throw new Error("the database is in flames");
        },
      }),
    });
    const id = await storeRepository(own.database, "octo", "burning");
    await using events = subscribe<ApiEvent>(own.url, COMMITS_INGESTED, { after: "0" });
    await storeEvent(own.database, id, line(1, 1));
    await own.ring();
    await eventually(() => expect(sequences(events.received)).toEqual(["1"]));
    isBroken = true;
    await storeEvent(own.database, id, line(2, 1));
    await own.ring();
    await eventually(() => expect(refused).toBeGreaterThan(1));
    isBroken = false;
    await storeEvent(own.database, id, line(3, 1));
    await eventually(() => expect(sequences(events.received)).toEqual(["1", "2", "3"]));
    expect(events.errors).toEqual([]);
  });
});

describe("a stream of results", () => {
  it("ends at one that cannot be told whole, so that the next does not hide it", async () => {
    let isReturned = false;
    async function* values() {
      try {
        for (let at = 1; at <= 3; at += 1) yield { event: at };
      } finally {
        isReturned = true;
      }
    }
    const event = (value: { event: number }) => {
      if (value.event === 2) throw new GraphQLError("half an event");
      return value.event;
    };
    const schema = new GraphQLSchema({
      query: new GraphQLObjectType({ name: "Query", fields: { event: { type: GraphQLInt } } }),
      subscription: new GraphQLObjectType({
        name: "Subscription",
        fields: { event: { type: GraphQLInt, resolve: event } },
      }),
    });
    const sent: string[] = [];
    const args = { schema, document: parse("subscription { event }") };
    const { iterator, ended } = deliverSource({
      source: values(),
      render: createRender(createCompiledExecution(), args),
      sink: {
        push: (payload) => void sent.push(String(payload)),
        bufferedBytes: 0,
        flushed: async () => {},
        close: () => {},
      },
      turns: createSendingTurns(),
      onTooSlow: () => {},
    });
    await expect(iterator.next()).rejects.toThrow("half an event");
    await ended;
    expect(sent).toEqual(['{"data":{"event":1}}']);
    expect(isReturned).toBe(true);
  });
});

function open(url: string, path = "/graphql", headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(`${url.replace(/^http/, "ws")}${path}`, "graphql-transport-ws", { headers });
}

describe("the WebSocket", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const refusal = async (socket: WebSocket): Promise<number | undefined> => {
    socket.on("error", () => {});
    const [, response] = await once(socket, "unexpected-response");
    return response.statusCode;
  };

  it("is there for pages of its own origin and for programs, not for other sites' pages", async () => {
    const { host } = new URL(api.url);
    const own = open(api.url, "/graphql", { origin: `http://${host}` });
    await once(own, "open");
    own.terminate();
    for (const origin of ["https://elsewhere.example", "http://localhost:1", "null"]) {
      expect(await refusal(open(api.url, "/graphql", { origin }))).toBe(403);
    }
  });

  it("is at /graphql only, and no path brings the process down", async () => {
    for (const path of ["/", "/elsewhere", "//", "//x", "/graphql/x", "/%"]) {
      expect(await refusal(open(api.url, path))).toBe(404);
    }
    expect((await fetch(`${api.url}/livez`)).status).toBe(200);
  });

  it.each([
    { what: "is no JSON", text: "hello" },
    { what: "is of no known type", text: '{"type":"start"}' },
    { what: "comes before the connection is acknowledged", text: subscribeMessage("1") },
    {
      what: "is too long",
      text: JSON.stringify({ type: "ping", payload: { x: "x".repeat(70_000) } }),
    },
  ])("closes at a message that $what", async ({ text }) => {
    const socket = open(api.url);
    socket.on("error", () => {});
    await once(socket, "open");
    socket.send(text);
    const [code] = await once(socket, "close");
    expect([1009, 4400, 4401]).toContain(code);
  });

  it("carries a bounded number of subscriptions", async () => {
    const socket = open(api.url);
    await once(socket, "open");
    socket.send('{"type":"connection_init"}');
    await once(socket, "message");
    const closed = once(socket, "close");
    for (let index = 0; index <= 60; index += 1) socket.send(subscribeMessage(String(index)));
    expect((await closed)[0]).toBe(4400);
    await eventually(async () =>
      expect((await api.metrics.subscribers.get()).values[0]?.value).toBe(0),
    );
  });

  it("is one of a bounded number: 503 beyond it, and room again when one has left", async () => {
    await using own = await startTestApi({ connectionLimits: { connectionsMax: 2 } });
    const [first, second] = [open(own.url), open(own.url)];
    await Promise.all([once(first, "open"), once(second, "open")]);
    expect(await refusal(open(own.url))).toBe(503);
    first.terminate();
    await eventually(async () => {
      const next = open(own.url);
      next.on("error", () => {});
      await once(next, "open");
      next.terminate();
    });
    second.terminate();
  });

  it("logs nothing as an error for all of that", () => {
    expect(api.log()).not.toMatch(/"level":(50|60)/);
  });
});

function subscribeMessage(id: string): string {
  return JSON.stringify({ id, type: "subscribe", payload: { query: COMMITS_INGESTED } });
}

import { createClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { eventually } from "../support/eventually.js";
import { RawSocket } from "../support/raw-socket.js";
import { type ApiEvent, COMMITS_INGESTED } from "../support/tracker-api.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

/** https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md, section by section. */
describe("graphql-transport-ws", () => {
  let api: TestApi;
  let repositoryId: number;
  let seed = 0;
  beforeAll(async () => {
    api = await startTestApi({ connectionLimits: { initMsMax: 500 } });
    repositoryId = await storeRepository(api.database, "octo", "one");
    await store();
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  async function store(): Promise<string> {
    seed += 1;
    const sequence = await storeEvent(api.database, repositoryId, line(seed, 2));
    await api.ring();
    return String(sequence);
  }
  const subscriberCount = async () => (await api.metrics.subscribers.get()).values[0]?.value ?? 0;
  const FEED = "{ feed { sequence } }";

  describe("communication", () => {
    it.each([[["graphql-ws"]], [["other", "graphql-ws"]]])(
      "refuses the subprotocol %j: the connection closes with 4406 or is never opened",
      async (protocols) => {
        const opened = await RawSocket.open(api.url, protocols).catch(() => null);
        expect(opened === null ? 4406 : (await opened.gone()).code).toBe(4406);
      },
    );

    it("takes graphql-transport-ws from among several", async () => {
      await using raw = await RawSocket.open(api.url, ["other", "graphql-transport-ws"]);
      expect(raw.socket.protocol).toBe("graphql-transport-ws");
    });

    it.each([
      "hello",
      "[]",
      '{"id":"1"}',
      '{"type":"unheard-of"}',
      '{"type":"subscribe"}',
      "null",
      '{"id":"","type":"complete"}',
    ])("closes with 4400 at %s", async (text) => {
      await using raw = await RawSocket.ready(api.url);
      raw.socket.send(text);
      expect((await raw.gone()).code).toBe(4400);
    });
  });

  describe("connection_init", () => {
    it("is acknowledged", async () => {
      await using raw = await RawSocket.open(api.url);
      raw.say({ type: "connection_init", payload: { any: "thing" } });
      expect(await raw.hear("connection_ack")).toEqual({ type: "connection_ack" });
    });

    it("is waited for only so long: 4408", async () => {
      await using raw = await RawSocket.open(api.url);
      expect(await raw.gone()).toEqual({
        code: 4408,
        reason: "Connection initialisation timeout",
      });
    });

    it("is sent once: 4429 at the second", async () => {
      await using raw = await RawSocket.ready(api.url);
      raw.say({ type: "connection_init" });
      expect((await raw.gone()).code).toBe(4429);
    });
  });

  describe("ping and pong", () => {
    it("answers a ping with its payload, before and after the acknowledgement", async () => {
      await using raw = await RawSocket.open(api.url);
      raw.say({ type: "ping", payload: { at: 1 } });
      expect(await raw.hear("pong")).toEqual({ type: "pong", payload: { at: 1 } });
      raw.say({ type: "connection_init" });
      await raw.hear("connection_ack");
      raw.say({ type: "ping" });
      await eventually(() => expect(raw.of("pong")).toHaveLength(2));
    });

    it("takes a pong that nobody asked for", async () => {
      await using raw = await RawSocket.ready(api.url);
      raw.say({ type: "pong" });
      raw.subscribe("1", FEED);
      await raw.hear("complete", "1");
    });
  });

  describe("subscribe", () => {
    it("is refused before the acknowledgement: 4401", async () => {
      await using raw = await RawSocket.open(api.url);
      raw.subscribe("1", FEED);
      expect((await raw.gone()).code).toBe(4401);
    });

    it("answers a query with one next and a complete", async () => {
      await using raw = await RawSocket.ready(api.url);
      raw.subscribe("q", FEED);
      await raw.hear("complete", "q");
      expect(raw.received.slice(1).map(({ type, id }) => [type, id])).toEqual([
        ["next", "q"],
        ["complete", "q"],
      ]);
    });

    it("runs the operation that is named", async () => {
      await using raw = await RawSocket.ready(api.url);
      const query = `query One ${FEED} subscription Two { commitsIngested(after: "0") { sequence } }`;
      raw.say({ id: "1", type: "subscribe", payload: { query, operationName: "Two" } });
      const { payload } = await raw.hear("next", "1");
      expect(payload).toEqual({ data: { commitsIngested: { sequence: "1" } } });
    });

    it.each([
      { what: "cannot be parsed", query: "subscription {", code: "GRAPHQL_PARSE_FAILED" },
      { what: "is not valid", query: "{ nothing }", code: "GRAPHQL_VALIDATION_FAILED" },
    ])("answers what $what with an error that ends the operation", async ({ query, code }) => {
      await using raw = await RawSocket.ready(api.url);
      raw.subscribe("1", query);
      expect((await raw.hear("error", "1")).payload).toMatchObject([{ extensions: { code } }]);
      raw.subscribe("2", FEED);
      await raw.hear("complete", "2");
      expect(raw.of("complete", "1")).toEqual([]);
      expect(raw.of("next", "1")).toEqual([]);
    });

    it("refuses an id that is in use: 4409", async () => {
      await using raw = await RawSocket.ready(api.url);
      raw.subscribe("1", COMMITS_INGESTED);
      raw.subscribe("1", COMMITS_INGESTED);
      expect(await raw.gone()).toEqual({
        code: 4409,
        reason: "Subscriber for 1 already exists",
      });
      await eventually(async () => expect(await subscriberCount()).toBe(0));
    });

    it("takes an id again once its operation has ended", async () => {
      await using raw = await RawSocket.ready(api.url);
      raw.subscribe("1", FEED);
      await raw.hear("complete", "1");
      raw.subscribe("1", FEED);
      await eventually(() => expect(raw.of("complete", "1")).toHaveLength(2));
    });

    it.each(["__proto__", '"quoted"\n', "ü🦊", "x".repeat(1_000)])(
      "sends the events of the id %j under that id",
      async (id) => {
        await using raw = await RawSocket.ready(api.url);
        raw.subscribe(id, COMMITS_INGESTED, { after: "0" });
        expect((await raw.hear("next", id)).payload).toMatchObject({
          data: { commitsIngested: { sequence: "1" } },
        });
      },
    );

    it("carries several subscriptions side by side, each with its own events", async () => {
      await using raw = await RawSocket.ready(api.url);
      raw.subscribe("all", COMMITS_INGESTED, { after: "0" });
      raw.subscribe("live", COMMITS_INGESTED);
      raw.subscribe("none", COMMITS_INGESTED, { kinds: ["BACKFILL"] });
      await eventually(async () => expect(await subscriberCount()).toBe(3));
      await raw.hear("next", "all");
      const sequence = await store();
      const last = { data: { commitsIngested: { sequence } } };
      await eventually(() => {
        expect(raw.of("next", "live").map(({ payload }) => payload)).toMatchObject([last]);
        expect(raw.of("next", "all").at(-1)?.payload).toMatchObject(last);
      });
      expect(raw.of("next", "all")).toHaveLength(Number(sequence));
      expect(raw.of("next", "none")).toEqual([]);
    });
  });

  describe("complete", () => {
    it("from the client ends an operation: nothing more is sent for it", async () => {
      await using raw = await RawSocket.ready(api.url);
      raw.subscribe("1", COMMITS_INGESTED);
      raw.subscribe("2", COMMITS_INGESTED);
      await eventually(async () => expect(await subscriberCount()).toBe(2));
      raw.say({ id: "1", type: "complete" });
      await eventually(async () => expect(await subscriberCount()).toBe(1));
      await store();
      await raw.hear("next", "2");
      expect(raw.of("next", "1")).toEqual([]);
      expect(raw.of("complete", "1")).toEqual([]);
    });

    it("from the client right behind its subscribe leaves nothing open", async () => {
      await using raw = await RawSocket.ready(api.url);
      raw.subscribe("1", COMMITS_INGESTED, { after: "0", repositories: ["octo/one"] });
      raw.say({ id: "1", type: "complete" });
      raw.subscribe("2", FEED);
      await raw.hear("complete", "2");
      await eventually(async () => expect(await subscriberCount()).toBe(0));
    });

    it("of what is not there is no fault", async () => {
      await using raw = await RawSocket.ready(api.url);
      raw.say({ id: "unknown", type: "complete" });
      raw.subscribe("1", FEED);
      await raw.hear("complete", "1");
    });
  });

  describe("the public graphql-ws client", () => {
    const url = () => `${api.url.replace(/^http/, "ws")}/graphql`;
    const query = COMMITS_INGESTED;

    it.each([
      { mode: "lazy", options: { lazy: true } },
      { mode: "eager", options: { lazy: false } },
      { mode: "lazy that lingers", options: { lazy: true, lazyCloseTimeout: 500 } },
      { mode: "keeping alive with pings of its own", options: { keepAlive: 20 } },
      { mode: "impatient for the acknowledgement", options: { connectionAckWaitTimeout: 5_000 } },
      {
        mode: "with parameters and ids of its own",
        options: {
          connectionParams: async () => ({ any: 1 }),
          generateID: () => "always the same",
        },
      },
    ])("works: $mode", async ({ options }) => {
      const client = createClient({ url: url(), webSocketImpl: WebSocket, ...options });
      try {
        const first = await firstOf(client.iterate<ApiEvent>({ query, variables: { after: "0" } }));
        expect(first).toMatchObject({ data: { commitsIngested: { sequence: "1" } } });
        const answer = await firstOf(client.iterate({ query: FEED }));
        expect(answer).toMatchObject({ data: { feed: {} } });
      } finally {
        await client.dispose();
      }
    });

    it("comes back by itself after its connection was cut, and goes on from its last cursor", async () => {
      const sockets: WebSocket[] = [];
      class Watched extends WebSocket {
        constructor(...args: ConstructorParameters<typeof WebSocket>) {
          super(...args);
          sockets.push(this);
        }
      }
      const client = createClient({
        ...{ url: url(), webSocketImpl: Watched, retryAttempts: 5 },
        retryWait: () => Promise.resolve(),
      });
      const seen: string[] = [];
      const variables = { after: "0" };
      const unsubscribe = client.subscribe<ApiEvent>(
        // Read anew at each connection, as the client sends it.
        { query, variables },
        {
          next: ({ data }) => {
            const cursor = data?.commitsIngested.cursor ?? "";
            seen.push(cursor);
            variables.after = cursor;
          },
          error: () => {},
          complete: () => {},
        },
      );
      const last = await store();
      await eventually(() => expect(seen.at(-1)).toBe(last));
      sockets[0]?.terminate();
      const next = await store();
      await eventually(() => expect(seen.at(-1)).toBe(next));
      expect(seen).toEqual(Array.from({ length: Number(next) }, (_, index) => String(index + 1)));
      unsubscribe();
      await client.dispose();
    });
  });

  it("logs nothing as an error for all of that", () => {
    expect(api.log()).not.toMatch(/"level":(50|60)/);
  });
});

async function firstOf<T>(values: AsyncIterable<T>): Promise<T | undefined> {
  for await (const value of values) return value;
  return undefined;
}

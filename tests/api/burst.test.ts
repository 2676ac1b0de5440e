import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { RawSocket } from "../support/raw-socket.js";
import { COMMITS_INGESTED } from "../support/tracker-api.js";
import { line, storeRepository, writeEvent } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const SUBSCRIBERS = 400;
/** Together more than may be unread of all, and of each less than makes it congested. */
const EVENTS = 16;
const BODY = "x".repeat(6_500);
const QUERY = COMMITS_INGESTED;

interface Subscriber extends AsyncDisposable {
  /** How many events it has been told. */
  count(): number;
}

async function overWebSocket(url: string): Promise<Subscriber> {
  const raw = await RawSocket.ready(url);
  raw.subscribe("1", QUERY);
  return {
    count: () => raw.of("next").length,
    [Symbol.asyncDispose]: () => raw[Symbol.asyncDispose](),
  };
}

async function overEventStream(url: string): Promise<Subscriber> {
  const leaving = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: QUERY }),
    signal: leaving.signal,
  });
  let count = 0;
  const reading = (async () => {
    for await (const chunk of response.body ?? []) {
      count += Buffer.from(chunk).toString("latin1").split("event: next").length - 1;
    }
  })().catch(() => {});
  return {
    count: () => count,
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await reading;
    },
  };
}

describe("a burst of events to many who read", () => {
  let api: TestApi;
  let repositoryId: number;
  let seed = 0;
  beforeAll(async () => {
    api = await startTestApi();
    repositoryId = await storeRepository(api.database, "octo", "busy");
  });
  afterAll(() => api[Symbol.asyncDispose]());

  it.each([
    ["WebSocket", overWebSocket],
    ["an event stream", overEventStream],
  ])("reaches each of them whole, and ends no connection: over %s", async (_way, open) => {
    const subscribers: Subscriber[] = [];
    for (let each = 0; each < SUBSCRIBERS; each += 1) subscribers.push(await open(api.url));
    try {
      await eventually(async () => {
        const { values } = await api.metrics.subscribers.get();
        expect(values[0]?.value).toBe(SUBSCRIBERS);
      });
      await api.database.transaction(async (tx) => {
        for (let event = 0; event < EVENTS; event += 1) {
          seed += 1;
          const [commit] = line(seed, 1);
          if (commit === undefined) throw new Error("no commit");
          await writeEvent(tx, repositoryId, [{ ...commit, message: `${seed} ${BODY}` }]);
        }
      });
      await api.ring();
      await eventually(() => {
        const counts = subscribers.map((subscriber) => subscriber.count());
        expect(counts.filter((count) => count !== EVENTS)).toEqual([]);
      });
    } finally {
      await Promise.all(subscribers.map((subscriber) => subscriber[Symbol.asyncDispose]()));
    }
  });
});

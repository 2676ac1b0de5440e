import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { post, subscribe } from "../support/graphql-client.js";
import { metricValue } from "../support/metric-value.js";
import { type ApiEvent, COMMITS_INGESTED } from "../support/tracker-api.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

describe("the metrics of the API", () => {
  let api: TestApi;
  let id: number;
  beforeAll(async () => {
    api = await startTestApi({ connectionLimits: { streamsMax: 1, connectionsMax: 3 } });
    id = await storeRepository(api.database, "octo", "one");
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const value = (series: string) => metricValue(api.metrics, series);
  const stream = (signal: AbortSignal) =>
    fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json" },
      body: JSON.stringify({ query: "subscription { commitsIngested { sequence } }" }),
      signal,
    });
  const deep = (levels: number) =>
    `{ ${"repositories { nodes { commits { nodes { repository { ".repeat(levels)} id ${"} } } } }".repeat(levels)} }`;

  it.each([
    ["depth", () => post(api.url, deep(3))],
    [
      "aliases",
      () =>
        post(
          api.url,
          `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: feed { sequence }`).join(" ")} }`,
        ),
    ],
    ["document", () => post(api.url, `{ feed { sequence } } #${"x".repeat(40_000)}`)],
    ["variables", () => post(api.url, "{ feed { sequence } }", { list: Array(2_001).fill(1) })],
  ] as const)("tell of a refusal for too much (%s), and of the operation", async (limit, ask) => {
    const series = `tracker_graphql_limits_hit_total{limit="${limit}"}`;
    const before = await value(series);
    expect((await ask()).errors).toBeDefined();
    expect(await value(series)).toBe(before + 1);
  });

  it("tell of a key or address that asks too often", async () => {
    await using busy = await startTestApi({ operationsPerMinute: 1 });
    await post(busy.url, "{ feed { sequence } }");
    expect((await post(busy.url, "{ feed { sequence } }")).errors).toBeDefined();
    expect(
      await metricValue(busy.metrics, 'tracker_graphql_limits_hit_total{limit="operations"}'),
    ).toBe(1);
  });

  it("tell how an event has come from the database to the process and to the sockets, and who follows", async () => {
    const leaving = new AbortController();
    const response = await stream(leaving.signal);
    expect(response.status).toBe(200);
    const events = subscribe<ApiEvent>(api.url, COMMITS_INGESTED);
    await eventually(async () => {
      expect(await value("tracker_feed_subscribers")).toBe(2);
      expect(await value('tracker_live_connections{protocol="websocket"}')).toBe(1);
      expect(await value('tracker_live_connections{protocol="event_stream"}')).toBe(1);
    });
    const refused = await stream(leaving.signal);
    expect(refused.status).toBe(503);
    expect(await value('tracker_graphql_limits_hit_total{limit="streams"}')).toBe(1);
    await storeEvent(api.database, id, line(1, 2));
    await api.ring();
    await eventually(async () => {
      expect(events.received).toHaveLength(1);
      expect(await value('tracker_feed_lag_seconds_count{until="process"}')).toBe(1);
      // Two documents, each with its own channel.
      expect(await value('tracker_feed_lag_seconds_count{until="socket"}')).toBe(2);
    });
    expect(await value('tracker_feed_lag_seconds_sum{until="process"}')).toBeGreaterThan(0);
    expect(await value('tracker_feed_lag_seconds_sum{until="process"}')).toBeLessThan(60);
    expect(await value("tracker_feed_position")).toBe(1);
    expect(await value("tracker_feed_deliveries_total")).toBe(2);
    leaving.abort();
    await events[Symbol.asyncDispose]();
    await eventually(async () => {
      expect(await value("tracker_feed_subscribers")).toBe(0);
      expect(await value('tracker_live_connections{protocol="websocket"}')).toBe(0);
    });
  });

  it("tell of operations while they are under way, and never of one that is over", async () => {
    const [waiting] = [
      post(
        api.url,
        `mutation { awaitCommit(repository: "octo/one", oid: "${"a".repeat(40)}", timeout: 1) { commit { oid } } }`,
      ),
    ];
    const series = 'tracker_graphql_operations_in_flight{type="mutation"}';
    await eventually(async () => expect(await value(series)).toBe(1));
    await waiting;
    expect(await value(series)).toBe(0);
  });
});

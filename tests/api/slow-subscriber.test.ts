import { afterEach, describe, expect, it } from "vitest";
import type { ConnectionLimits } from "../../src/api/server.js";
import { eventually } from "../support/eventually.js";
import { RawSocket } from "../support/raw-socket.js";
import { COMMITS_INGESTED } from "../support/tracker-api.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const EVENTS = 15;
const BODY = "x".repeat(20_000);
/** 100 commits of 20 kB each: the network's own buffers hold only a few of these events. */
const heavy = (seed: number) =>
  line(seed, 100).map((commit) => ({ ...commit, message: `${commit.message}${BODY}` }));
const MESSAGES = `subscription ($after: String) {
  commitsIngested(after: $after) { sequence commits { message } } }`;

describe("a subscriber that does not keep up", () => {
  let api: TestApi;
  let repositoryId: number;
  async function start(connectionLimits: ConnectionLimits): Promise<void> {
    api = await startTestApi({ connectionLimits });
    repositoryId = await storeRepository(api.database, "octo", "heavy");
  }
  afterEach(() => api[Symbol.asyncDispose]());

  const store = async (seed: number) => {
    await storeEvent(api.database, repositoryId, heavy(seed));
    await api.ring();
  };
  const count = async (name: "slowSubscribers" | "subscribers") =>
    (await api.metrics[name].get()).values[0]?.value ?? 0;
  const sequences = (raw: RawSocket) =>
    raw.of("next").map(({ payload }) => {
      return (payload as { data: { commitsIngested: { sequence: string } } }).data.commitsIngested
        .sequence;
    });

  it("is closed with 4413 and its reason, while others get everything, and can come back", async () => {
    await start({ stallMs: 2_000 });
    await using quick = await RawSocket.ready(api.url);
    await using slow = await RawSocket.ready(api.url);
    quick.subscribe("1", MESSAGES);
    slow.subscribe("1", MESSAGES);
    await eventually(async () => expect(await count("subscribers")).toBe(2));
    slow.socket.pause();
    for (let seed = 1; seed <= EVENTS; seed += 1) await store(seed);
    const all = Array.from({ length: EVENTS }, (_, index) => String(index + 1));
    await eventually(() => expect(sequences(quick)).toEqual(all));
    await eventually(async () => expect(await count("slowSubscribers")).toBe(1));
    await eventually(async () => expect(await count("subscribers")).toBe(1));

    slow.socket.resume();
    await slow.gone();
    const seen = sequences(slow);
    expect(seen).toEqual(all.slice(0, seen.length));
    expect(seen.length).toBeLessThan(EVENTS);
    await using again = await RawSocket.ready(api.url);
    again.subscribe("1", MESSAGES, { after: seen.at(-1) ?? "0" });
    await eventually(() => expect([...seen, ...sequences(again)]).toEqual(all));
  });

  it("is read for alone at its own pace as long as it takes something now and then", async () => {
    await start({ stallMs: 5_000 });
    await using raw = await RawSocket.ready(api.url);
    raw.subscribe("1", MESSAGES);
    await eventually(async () => expect(await count("subscribers")).toBe(1));
    const pausing = setInterval(() => {
      if (raw.socket.isPaused) raw.socket.resume();
      else raw.socket.pause();
    }, 20);
    for (let seed = 1; seed <= EVENTS; seed += 1) await store(seed);
    await eventually(() => expect(sequences(raw)).toHaveLength(EVENTS));
    clearInterval(pausing);
    expect(sequences(raw)).toEqual(Array.from({ length: EVENTS }, (_, i) => String(i + 1)));
    expect(await count("slowSubscribers")).toBe(0);
  });

  it("is sent away when it has asked for nothing for long: 4499, a busy one is not", async () => {
    await start({ idleMsMax: 500, heartbeatMs: 1_000 });
    await using busy = await RawSocket.ready(api.url);
    busy.subscribe("1", COMMITS_INGESTED);
    await using idle = await RawSocket.ready(api.url);
    expect((await idle.gone()).code).toBe(4499);
    await store(1);
    await busy.hear("next", "1");
  });

  it("is cut off when it answers no ping", async () => {
    await start({ heartbeatMs: 1_000 });
    await using dead = await RawSocket.ready(api.url);
    dead.subscribe("1", COMMITS_INGESTED);
    await eventually(async () => expect(await count("subscribers")).toBe(1));
    dead.socket.pause();
    await eventually(async () => expect(await count("subscribers")).toBe(0));
  });
});

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const PAGES = 20;
/** 40 MB: more than the network's own buffers hold. */
const LARGE = `{ ${Array.from({ length: PAGES }, (_, at) => `p${at}: commits(first: 100) { nodes { message } }`).join(" ")} }`;

describe("an answer over plain HTTP", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi({
      connectionLimits: { stallMs: 50, unreadBytesOfAllMax: 60_000_000 },
    });
    const id = await storeRepository(api.database, "octo", "heavy");
    const heavy = line(1, 100).map((one) => ({
      ...one,
      message: `${one.message}${"x".repeat(20_000)}`,
    }));
    await storeEvent(api.database, id, heavy);
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  async function ask(): Promise<Socket> {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    await once(socket, "connect");
    const body = JSON.stringify({ query: LARGE });
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    return socket;
  }
  const endedCount = async () => (await api.metrics.slowSubscribers.get()).values[0]?.value ?? 0;

  it("is cut off when nobody takes it, and room is made for all others", async () => {
    const socket = await ask();
    socket.pause();
    await eventually(async () => expect(await endedCount()).toBe(1));
    socket.destroy();
  });

  it("comes whole to who takes it slowly", async () => {
    const before = await endedCount();
    const socket = await ask();
    let bytes = 0;
    const expected = PAGES * 100 * 20_000;
    await new Promise<void>((resolve) => {
      socket.on("data", (chunk) => {
        bytes += chunk.length;
        if (bytes > expected) return resolve();
        socket.pause();
        setImmediate(() => socket.resume());
      });
    });
    socket.destroy();
    expect(await endedCount()).toBe(before);
  });
});

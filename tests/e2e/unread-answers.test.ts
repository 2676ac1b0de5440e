import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { post } from "../support/graphql-client.js";
import { residentBytes } from "../support/memory.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const MB = 1_024 * 1_024;
const GROWTH_MB_MAX = 100;
const SENT_BYTES_MAX = 500 * MB;
const CHUNK_MS = 50;
const ROUNDS = 60;
const INTROSPECTION = JSON.stringify({
  query: getIntrospectionQuery({ inputValueDeprecation: true }),
});

/** What a client may have a process hold by asking and never reading: a stranger, or who has a reader's key. */
describe("answers that nobody reads", () => {
  let test: TestDatabase;
  let broker: BrokerSpace;
  let key: string;
  beforeAll(async () => {
    test = await createTestDatabase();
    ({ secret: key } = await createApiKey(test.database, { name: "reader", role: "READER" }));
    broker = await openBrokerSpace();
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
    await broker.remove();
  });

  async function open(url: string): Promise<Socket> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => {});
    await once(socket, "connect");
    socket.pause();
    return socket;
  }

  async function openWebSocket(url: string): Promise<WebSocket> {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
    socket.on("error", () => {});
    await once(socket, "open");
    return socket;
  }

  /** Writes as long as it is taken, and as much as a machine can. */
  async function flood(socket: Socket, bytes: Buffer): Promise<number> {
    let sent = 0;
    for (let round = 0; round < ROUNDS && !socket.destroyed; round += 1) {
      while (!socket.destroyed && sent < SENT_BYTES_MAX && socket.write(bytes))
        sent += bytes.length;
      await new Promise((resolve) => setTimeout(resolve, CHUNK_MS));
    }
    return sent;
  }

  const request = (accept: string, key: string) =>
    Buffer.from(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(INTROSPECTION)}\r\n\r\n${INTROSPECTION}`,
    );

  type Attack = (url: string, key: string) => Promise<(() => void)[]>;
  const ATTACKS: Readonly<Record<string, Attack>> = {
    async "pings before the connection is acknowledged"(url) {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => openWebSocket(url)));
      const ping = JSON.stringify({ type: "ping", payload: { text: "x".repeat(7_000) } });
      const large = JSON.stringify({ type: "ping", payload: { text: "x".repeat(60_000) } });
      for (const [index, socket] of sockets.entries()) {
        socket.pause();
        for (let count = 0; count < 500; count += 1) socket.send(index % 2 ? ping : large);
      }
      return sockets.map((socket) => () => socket.terminate());
    },
    async "introspection over WebSocket"(url, key) {
      const sockets = await Promise.all(Array.from({ length: 20 }, () => openWebSocket(url)));
      for (const socket of sockets) {
        socket.send(JSON.stringify({ type: "connection_init", payload: { apiKey: key } }));
        await once(socket, "message");
        socket.pause();
        for (let id = 0; id < 50; id += 1) {
          socket.send(`{"id":"${id}","type":"subscribe","payload":${INTROSPECTION}}`);
        }
      }
      return sockets.map((socket) => () => socket.terminate());
    },
    async "introspection over HTTP, one request behind the other"(url, key) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => open(url)));
      await Promise.all(sockets.map((socket) => flood(socket, request("application/json", key))));
      return sockets.map((socket) => () => socket.destroy());
    },
    async "introspection over HTTP, from many connections"(url, key) {
      const sockets = await Promise.all(Array.from({ length: 1_200 }, () => open(url)));
      for (const socket of sockets) socket.write(request("application/json", key));
      return sockets.map((socket) => () => socket.destroy());
    },
    async "introspection as event streams"(url, key) {
      const sockets = await Promise.all(Array.from({ length: 1_200 }, () => open(url)));
      for (const socket of sockets) socket.write(request("text/event-stream", key));
      return sockets.map((socket) => () => socket.destroy());
    },
  };

  it.each(Object.entries(ATTACKS))(
    "leave a process within 100 MB of what it had idle, and others are answered: %s",
    async (_name, attack) => {
      await using tracker = startTracker({
        DATABASE_URL: test.url,
        RABBITMQ_URL: broker.url,
        ROLES: "api",
        HOST: "127.0.0.1",
        RATE_LIMIT: "0",
      });
      const url = await tracker.url();
      const bystander = async () => {
        const authorization = `Bearer ${key}`;
        const { data } = await post(url, "{ feed { sequence } }", {}, { authorization });
        if (data == null) throw new Error("a bystander was not answered");
      };
      for (let time = 0; time < 300; time += 1) await bystander();
      const idle = residentBytes(tracker);
      let most = 0;
      let isOver = false;
      const watching = (async () => {
        for (; !isOver; ) {
          await bystander();
          most = Math.max(most, residentBytes(tracker));
          await new Promise((resolve) => setTimeout(resolve, CHUNK_MS));
        }
      })();
      const leave = await attack(url, key);
      await settled(tracker);
      isOver = true;
      await watching;
      for (const one of leave) one();
      expect((most - idle) / MB).toBeLessThan(GROWTH_MB_MAX);
    },
    120_000,
  );
});

/** When it has nothing left to do: its memory is the same, look after look. */
async function settled(tracker: TrackerProcess): Promise<void> {
  let last = -1;
  for (let same = 0; same < 10; ) {
    const now = Math.round(residentBytes(tracker) / MB);
    same = now === last ? same + 1 : 0;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 2 * CHUNK_MS));
  }
}

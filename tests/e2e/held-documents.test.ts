import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { overEventStream, overHttp, overWebSocket } from "../api/plain-client.js";
import { residentBytes } from "../support/memory.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { startTracker } from "../support/tracker-process.js";

const MB = 1_024 * 1_024;
const GROWTH_BYTES_MAX = 100 * MB;
const LARGE = 150;
const SMALL = 20_000;
const AT_ONCE = 20;
const TIMES = 3; // kept from the second on, and compiled the third

const KINDS: Readonly<Record<string, (at: number) => string>> = {
  comments: (at) => `{ feed { sequence } } #${at}${"\n#".repeat(20_500)}`,
  "comments that are just taken": (at) => `{ feed { sequence } } #${at}${"\n#".repeat(16_000)}`,
  aliases: (at) =>
    `{ ${Array.from({ length: 30 }, (_, n) => `a${at}_${n}_${"y".repeat(900)}: feed { sequence }`).join(" ")} }`,
  strings: (at) => `{ commits(filter: { text: "${at}${"x".repeat(30_000)}" }) { totalCount } }`,
  fields: (at) => `query Q${at} { feed { ${"sequence ".repeat(380)} } }`,
  "lists of values": (at) =>
    `query Q${at} { repositories(filter: { states: [${"ACTIVE ".repeat(1_900)}] }) { totalCount } }`,
};

/** What somebody may have a process keep by sending it ever new documents. */
describe("documents that are kept", () => {
  let test: TestDatabase;
  let broker: BrokerSpace;
  beforeAll(async () => {
    test = await createTestDatabase();
    broker = await openBrokerSpace();
  });
  afterAll(async () => {
    await test[Symbol.asyncDispose]();
    await broker.remove();
  });

  it.each(["HTTP", "event stream", "WebSocket"])(
    "leave a process within 100 MB of what it had idle: %s",
    async (way) => {
      await using tracker = startTracker({
        DATABASE_URL: test.url,
        RABBITMQ_URL: broker.url,
        ROLES: "api",
        HOST: "127.0.0.1",
        RATE_LIMIT: "0",
      });
      const url = await tracker.url();
      await using client =
        way === "HTTP"
          ? overHttp(url)
          : way === "WebSocket"
            ? await overWebSocket(url)
            : overEventStream(url);
      const send = (query: string) => client.send({ query, variables: {} }, 1);
      const sendMany = async (queries: readonly string[]) => {
        for (let at = 0; at < queries.length; at += AT_ONCE) {
          await Promise.all(queries.slice(at, at + AT_ONCE).map(send));
        }
      };
      await sendMany(Array.from({ length: 500 }, () => "{ feed { sequence } }"));
      const idle = residentBytes(tracker);
      for (const make of Object.values(KINDS)) {
        const queries = Array.from({ length: LARGE }, (_, at) => make(at));
        for (let time = 0; time < TIMES; time += 1) await sendMany(queries);
      }
      await sendMany(Array.from({ length: SMALL }, (_, at) => `{ a${at}: feed { sequence } }`));
      expect((residentBytes(tracker) - idle) / MB).toBeLessThan(GROWTH_BYTES_MAX / MB);
    },
    300_000,
  );
});

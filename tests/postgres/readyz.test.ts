import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { createHealthServer } from "../../src/telemetry/health-server.js";
import { createMetrics } from "../../src/telemetry/metrics/metrics.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";

const CALLERS = 500;

describe("/readyz of a process with its database behind a line", () => {
  let test: TestDatabase;
  let line: TcpProxy;
  let database: Database;
  let server: FastifyInstance;
  let checks = 0;
  beforeAll(async () => {
    test = await createTestDatabase();
    const url = new URL(test.url);
    line = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${line.port}`;
    database = openDatabase({ url: url.href, connectionsMax: 2 });
    const isReady = () => {
      checks += 1;
      return database.isReady();
    };
    const metrics = createMetrics();
    server = createHealthServer({ metrics, checks: [{ name: "database", isReady }] });
  });
  afterAll(async () => {
    await server?.close();
    await database?.close();
    await line?.[Symbol.asyncDispose]();
    await test?.[Symbol.asyncDispose]();
  });

  const ask = async () => await server.inject("/readyz");

  it("shares one check among many callers, and one look a moment", async () => {
    checks = 0;
    const answers = await Promise.all(Array.from({ length: CALLERS }, ask));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    expect(checks).toBeLessThanOrEqual(2);
  });

  it.each(["swallow", "stall", "block"] as const)(
    "says within two seconds that it is away (%s), and soon that it is back",
    async (fault) => {
      await eventually(async () => expect((await ask()).statusCode).toBe(200));
      line[fault]();
      const took: number[] = [];
      await eventually(async () => {
        const start = performance.now();
        const { statusCode } = await ask();
        took.push(performance.now() - start);
        expect(statusCode).toBe(503);
      });
      expect(Math.max(...took)).toBeLessThan(2_000);
      line.restore();
      await eventually(async () => expect((await ask()).statusCode).toBe(200), 5_000);
    },
  );
});

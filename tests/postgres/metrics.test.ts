import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { observeDatabase, readProcess } from "../../src/app/process-metrics.js";
import { readStatus } from "../../src/app/status-metrics.js";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import { createHealthServer } from "../../src/telemetry/health-server.js";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics/metrics.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { lockRepository } from "../support/row-lock.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";

/** What Prometheus waits by default is ten. */
const ANSWER_MS_MAX = 2_500;
const STATEMENTS_MAX = 3;
const KEPT_MS = 1_500;
const logger = pino({ level: "silent" });

describe("/metrics of a scheduler with its database behind a line", () => {
  let test: TestDatabase;
  let line: TcpProxy;
  let database: Database;
  let metrics: Metrics;
  let server: ReturnType<typeof createHealthServer>;
  beforeAll(async () => {
    test = await createTestDatabase();
    const url = new URL(test.url);
    line = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${line.port}`;
    metrics = createMetrics();
    const observer = observeDatabase(metrics);
    database = openDatabase({ url: url.href, connectionsMax: 2, observer });
    const profile = {
      kind: "distributed",
      databaseUrl: "",
      replicaUrls: [],
      rabbitmqUrl: "",
    } as const;
    readProcess(metrics, { roles: new Set(["scheduler"]), profile }, database.pools);
    readStatus(metrics, { database, queue: createInProcessQueue({ logger }), keptMs: KEPT_MS });
    const checks = [{ name: "database", isReady: () => database.isReady() }];
    server = createHealthServer({ metrics, checks });
  });
  afterAll(async () => {
    await server?.close();
    await database?.close();
    await line?.[Symbol.asyncDispose]();
    await test?.[Symbol.asyncDispose]();
  });

  const scrape = async () => (await server.inject("/metrics")).body.split("\n");
  const series = (lines: readonly string[]) =>
    lines.filter((one) => one.startsWith("tracker_")).map((one) => one.split(" ", 1)[0]);
  /** Sent for the metrics so far. */
  const statementCount = async () => {
    const { values } = await metrics.statementDuration.get();
    return values
      .filter(({ labels, ...one }) => labels.pool === "status" && "metricName" in one)
      .filter((one) => (one as { metricName?: string }).metricName?.endsWith("_count"))
      .reduce((sum, { value }) => sum + value, 0);
  };
  const add = async (count: number) => {
    await test.database.primary.$executeRaw`
      insert into repository (owner, name, state)
      select 'o' || random(), 'n' || i, 'ACTIVE' from generate_series(1, ${count}::int) i`;
    await test.database.primary.$executeRaw`
      insert into work (kind, subject_id, reason, due_at)
      select 'check', id, 'RATE', now() - interval '2 minutes' from repository
      on conflict do nothing`;
  };

  it("tells of what the tables hold, in as many series and statements as ever, whatever their number", async () => {
    await add(3);
    const few = await scrape();
    expect(few).toContain('tracker_repositories{state="ACTIVE"} 3');
    expect(few).toContain('tracker_work_due{kind="check"} 3');
    expect(few).toContain("tracker_checks_late 3");
    const before = await statementCount();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThanOrEqual(STATEMENTS_MAX);
    await add(2_000);
    await Promise.all(Array.from({ length: 20 }, scrape));
    expect(await statementCount()).toBe(before); // kept
    const many = await eventually(async () => {
      const lines = await scrape();
      expect(lines).toContain('tracker_repositories{state="ACTIVE"} 2003');
      return lines;
    }, 15_000);
    expect((await statementCount()) - before).toBeLessThanOrEqual(STATEMENTS_MAX);
    // What has been asked before may have been measured since: no series is new beyond that.
    const own = (lines: string[]) => series(lines).filter((one) => !one?.includes("statement"));
    expect(new Set(own(many))).toEqual(new Set(own(few)));
  });

  it("shows who waits for a connection and for a lock", async () => {
    await add(1);
    const [{ id } = { id: 0 }] = await test.database.primary.$queryRaw<{ id: number }[]>`
      select id from repository limit 1`;
    const held = await lockRepository(test.url, id);
    const waiting = Array.from({ length: 4 }, () =>
      database
        .transaction((tx) => tx.$queryRaw`select 1 from repository where id = ${id} for update`)
        .catch((error: unknown) => error),
    );
    await eventually(async () => {
      const lines = await scrape();
      expect(lines).toContain('tracker_database_pool_connections{pool="write",state="in_use"} 2');
      expect(lines).toContain('tracker_database_pool_waiting{pool="write"} 2');
    });
    await held.release();
    await Promise.all(waiting);
    const text = (await scrape()).join("\n");
    expect(text).toMatch(
      /tracker_database_statement_duration_seconds_count\{pool="write",statement="SELECT repository FOR UPDATE"\} [1-9]/,
    );
    expect(text).toMatch(
      /tracker_database_transaction_duration_seconds_count\{outcome="committed"\} [1-9]/,
    );
  });

  it.each(["swallow", "stall", "block"] as const)(
    "answers in time while the database is away (%s), without what it cannot know, and has it back after",
    async (fault) => {
      await eventually(async () =>
        expect((await scrape()).join("\n")).toContain("tracker_repositories{"),
      );
      line[fault]();
      const away = await eventually(async () => {
        const beganMs = performance.now();
        const lines = await scrape();
        expect(performance.now() - beganMs).toBeLessThan(ANSWER_MS_MAX);
        expect(lines).toContain('tracker_metrics_source_up{source="tables"} 0');
        return lines;
      }, 15_000);
      expect(away.join("\n")).not.toMatch(/^tracker_(repositories|work_due|feed_sequence)[ {]/m);
      expect(away).toContain('tracker_dependency_up{dependency="database"} 0');
      expect(away).toContain('tracker_database_pool_connections_max{pool="write"} 2');
      line.restore();
      await eventually(async () => {
        const lines = await scrape();
        expect(lines).toContain('tracker_metrics_source_up{source="tables"} 1');
        expect(lines).toContain('tracker_dependency_up{dependency="database"} 1');
      }, 15_000);
    },
  );
});

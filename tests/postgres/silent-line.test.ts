import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";

const CONNECTIONS = 4;
const LIMITS = {
  connectMs: 700,
  statementMs: 700,
  readMs: 700,
  graceMs: 300,
  readyMs: 400,
  closeMs: 300,
};
/** For what is bounded by one of them, and for what waits for a connection before. */
const SETTLED_MS = 3_000;

describe("behind a line that loses every byte", () => {
  let test: TestDatabase;
  let line: TcpProxy;
  let database: Database;
  beforeEach(async () => {
    test = await createTestDatabase();
    const url = new URL(test.url);
    line = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${line.port}`;
    database = openDatabase({ url: url.href, connectionsMax: CONNECTIONS, limits: LIMITS });
    await Promise.all([everyKind(database), database.isReady()]);
  });
  afterEach(async () => {
    await database?.close();
    await line?.[Symbol.asyncDispose]();
    await test?.[Symbol.asyncDispose]();
  });

  it("every statement and transaction fails in time, and all goes on once it carries again", async () => {
    line.swallow();
    for (const failure of await settled(failures(database))) {
      expect(failure).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    }
    line.restore();
    await eventually(() => everyKind(database), 3_000);
    expect(await database.isReady()).toBe(true);
  });

  it("a transaction fails wherever it is: while it works, at its commit, at its rollback", async () => {
    const lost = new Error("the work's own");
    const outcomes = [
      database.transaction(async (tx) => {
        line.swallow();
        await tx.$queryRaw`select 1`;
      }),
      database.transaction(async (tx) => {
        await tx.$queryRaw`select 1`;
        line.swallow();
      }),
      database.transaction(async (tx) => {
        await tx.$queryRaw`select 1`;
        line.swallow();
        throw lost;
      }),
    ].map((work) => work.catch((error: unknown) => error));
    const [working, committing, rollingBack] = await settled(Promise.all(outcomes));
    expect(working).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect(committing).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect([lost, expect.objectContaining({ code: "DATABASE_UNAVAILABLE" })]).toContainEqual(
      rollingBack,
    );
    line.restore();
    await eventually(() => everyKind(database), 3_000);
  });

  it("connections that waited idle are not asked one after the other", async () => {
    const all = () =>
      Promise.all(
        Array.from(
          { length: CONNECTIONS },
          () => database.primary.$queryRaw`select 1 from pg_sleep(0.1)`,
        ),
      );
    await all();
    line.forget();
    await expect(database.primaryReader.query(Prisma.sql`select 1`)).rejects.toThrow();
    await all(); // at once, since those that had gone silent are not in the way
  });

  it("it is not ready, and says so within its time, also while all connections wait", async () => {
    line.swallow();
    const waiting = failures(database);
    for (let asked = 0; asked < 3; asked += 1) {
      const start = performance.now();
      expect(await database.isReady()).toBe(false);
      expect(performance.now() - start).toBeLessThan(LIMITS.readyMs + 300);
    }
    await waiting;
    line.restore();
    await eventually(async () => expect(await database.isReady()).toBe(true));
  });

  it("it can be closed, with work in hand and without", async () => {
    line.swallow();
    const work = database
      .transaction((tx) => tx.$queryRaw`select 1`, { timeoutMs: 600_000 })
      .catch((error: unknown) => error);
    const reading = database.reader.query(Prisma.sql`select 1`).catch((error: unknown) => error);
    const start = performance.now();
    await database.close();
    expect(performance.now() - start).toBeLessThan(SETTLED_MS);
    for (const failure of [await work, await reading]) {
      expect(failure).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    }
  });
});

describe("work with a time of its own", () => {
  it("may take it, and nothing more where nobody answers", async () => {
    await using test = await createTestDatabase();
    const url = new URL(test.url);
    await using line = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${line.port}`;
    const limits = { ...LIMITS, statementMs: 200, graceMs: 100 };
    const database = openDatabase({ url: url.href, connectionsMax: 1, limits });
    try {
      const sleep = () =>
        database.transaction((tx) => tx.$queryRaw`select 1 from pg_sleep(1)`, { timeoutMs: 2_000 });
      await sleep();
      // The one that follows on the same connection has no more than anybody.
      const bare = await database.primary.$queryRaw`select 1 from pg_sleep(1)`.catch(
        (error) => error,
      );
      expect(String(bare)).toContain("statement timeout");
      const start = performance.now();
      const lost = database.transaction(
        async (tx) => {
          await tx.$queryRaw`select 1`;
          line.swallow();
          await tx.$queryRaw`select 1`;
        },
        { timeoutMs: 1_000 },
      );
      await expect(lost).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
      const tookMs = performance.now() - start;
      expect(tookMs).toBeGreaterThan(900);
      expect(tookMs).toBeLessThan(2_000);
    } finally {
      await database.close();
    }
  });
});

describe("connections that the server ends", () => {
  it("cost those their work that were using them, and nobody else anything", async () => {
    await using test = await createTestDatabase({ connectionsMax: CONNECTIONS });
    const { database } = test;
    await everyKind(database);
    const pids = await database.primary.$queryRaw<{ pid: number }[]>`
      select pid from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`;
    const working = database
      .transaction((tx) => tx.$queryRaw`select 1 from pg_sleep(30)`)
      .catch((error: unknown) => error);
    await eventually(async () => {
      const ended = await database.primaryReader.query(Prisma.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and query like '%pg_sleep%'`);
      expect(ended).toHaveLength(1);
    });
    expect(await working).toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    await database.primaryReader.query(Prisma.sql`
      select pg_terminate_backend(pid) from unnest(${pids.map(({ pid }) => pid)}::int[]) as pid`);
    await eventually(() => everyKind(database));
  });
});

/** One of each way to the database. */
async function everyKind(database: Database): Promise<void> {
  await Promise.all([
    database.primary.$queryRaw`select 1`,
    database.primary.$executeRaw`update feed set sequence = sequence`,
    database.transaction((tx) => tx.$queryRaw`select 1`),
    database.reader.query(Prisma.sql`select 1`),
    database.primaryReader.query(Prisma.sql`select 1`),
  ]);
}

/** What ten transactions and a query of each way come to, as far as they are the database's to judge. */
async function failures(database: Database): Promise<unknown[]> {
  const works = [
    ...Array.from({ length: 10 }, () => database.transaction((tx) => tx.$queryRaw`select 1`)),
    database.reader.query(Prisma.sql`select 1`),
    database.primaryReader.query(Prisma.sql`select 1`),
    database.transaction((tx) => tx.$executeRaw`update feed set sequence = sequence`),
  ];
  return await Promise.all(
    works.map((work) =>
      work.then(
        () => "done",
        (error) => error,
      ),
    ),
  );
}

async function settled<T>(work: Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work;
  expect(performance.now() - start).toBeLessThan(SETTLED_MS);
  return result;
}

import { describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { storeRepository } from "../api/rows.js";
import { startTestApi } from "../api/test-api.js";
import { post } from "../support/graphql-client.js";
import { createTestDatabase } from "../support/postgres.js";
import { lockRepository } from "../support/row-lock.js";

describe("a repository that is locked by other work", () => {
  it("has twice as many mutations as there are connections end with BUSY, and one about another done meanwhile", async () => {
    const connectionsMax = 12;
    const test = await createTestDatabase({ connectionsMax });
    await using api = await startTestApi({ openTest: async () => test });
    const locked = await storeRepository(api.database, "octo", "locked");
    const free = await storeRepository(api.database, "octo", "free");
    const lock = await lockRepository(test.url, locked);
    const pause = (id: number) =>
      post(api.url, `mutation { pauseRepository(repository: "${id}") { changed } }`);
    const start = performance.now();
    const busy = Promise.all(Array.from({ length: 2 * connectionsMax }, () => pause(locked)));
    expect((await pause(free)).errors).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(4_000);
    for (const { errors } of await busy) {
      expect(errors?.[0]?.extensions?.code).toBe("BUSY");
      expect(errors?.[0]?.message).toContain("locked by other work");
    }
    expect(performance.now() - start).toBeLessThan(6_000);
    await lock.release();
  });

  it("is waited for as long as a transaction says", async () => {
    await using hasty = await createTestDatabase({ limits: { lockMs: 50 } });
    const id = await storeRepository(hasty.database, "octo", "held");
    const holder = await lockRepository(hasty.url, id);
    const lock = (database: Database, bounds?: { lockTimeoutMs: number }) =>
      database.transaction(
        (tx) => tx.$queryRaw`select 1 from repository where id = ${id} for update`,
        bounds,
      );
    const patient = lock(hasty.database, { lockTimeoutMs: 60_000 });
    await holder.waitedFor(1);
    await expect(lock(hasty.database)).rejects.toMatchObject({ code: "BUSY" });
    const lenient = openDatabase({ url: hasty.url, connectionsMax: 1, limits: { lockMs: 14_000 } });
    const start = performance.now();
    await expect(lock(lenient, { lockTimeoutMs: 50 })).rejects.toMatchObject({ code: "BUSY" });
    expect(performance.now() - start).toBeLessThan(14_000);
    await lenient.close();
    await holder.release();
    await patient;
  });
});

describe("transactions that stand in each other's way", () => {
  it("are done again by themselves, and all come to their end", async () => {
    await using test = await createTestDatabase();
    const { database } = test;
    const ids = [
      await storeRepository(database, "octo", "one"),
      await storeRepository(database, "octo", "other"),
    ];
    let began = 0;
    let runs = 0;
    let meet = () => {};
    const met = new Promise<void>((resolve) => {
      meet = resolve;
    });
    const lockInTurn = (turn: readonly number[]) =>
      database.transaction(
        async (tx) => {
          runs += 1;
          for (const id of turn) {
            await tx.$executeRaw`update repository set generation = generation + 1 where id = ${id}`;
            if (++began === 2) meet();
            await met;
          }
        },
        { lockTimeoutMs: 10_000 },
      );
    await Promise.all([lockInTurn(ids), lockInTurn(ids.toReversed())]);
    const rows = await database.primary.repository.findMany({ select: { generation: true } });
    expect(rows).toEqual([{ generation: 2 }, { generation: 2 }]);
    expect(runs).toBe(3);
  });

  it("are given up after two more attempts", async () => {
    await using test = await createTestDatabase();
    let runs = 0;
    const conflict = test.database.transaction(async (tx) => {
      runs += 1;
      await tx.$executeRaw`do $$ begin raise exception 'conflict' using errcode = '40001'; end $$`;
    });
    await expect(conflict).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect(runs).toBe(3);
  });
});

describe("what writes and takes too long", () => {
  it("is said not to have been done where its statements are each in time, and not all together", async () => {
    await using test = await createTestDatabase();
    const slow = test.database.transaction(
      async (tx) => {
        for (let times = 0; times < 5; times += 1) await tx.$queryRaw`select 1 from pg_sleep(0.1)`;
      },
      { timeoutMs: 250 },
    );
    await expect(slow).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
      message: expect.stringContaining("did not finish this in time"),
    });
  });

  it("is said not to have been done, and not to ask for less", async () => {
    await using test = await createTestDatabase();
    const slow = test.database.transaction((tx) => tx.$queryRaw`select 1 from pg_sleep(30)`, {
      timeoutMs: 200,
    });
    await expect(slow).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
      message: expect.stringContaining("did not finish this in time"),
    });
  });
});

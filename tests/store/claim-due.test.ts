import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimDue as claim } from "../../src/store/repository-store.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const claimDue = async (...given: Parameters<typeof claim>) =>
  (await claim(...given)).map(({ id }) => id);

describe("claiming due repositories", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
    await test.database.primary.$executeRaw`
      insert into repository (owner, name, next_check_at)
      select 'o', 'n' || i, now() - i * interval '1 second' from generate_series(1, 200) i`;
    await test.database.primary.$executeRaw`
      insert into repository (owner, name, next_check_at)
      select 'o', 'later' || i, now() + interval '1 hour' from generate_series(1, 1000) i`;
    await test.database.primary.$executeRaw`analyze repository`;
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it("gives each to one of many schedulers that claim at once, the longest due first", async () => {
    const { primary } = test.database;
    const first = await claimDue(primary, { limit: 10, leaseMs: 60_000 });
    expect(first.map(Number).sort((a, b) => a - b)).toEqual([
      191, 192, 193, 194, 195, 196, 197, 198, 199, 200,
    ]);
    const rest = await Promise.all(
      Array.from({ length: 8 }, () => claimDue(primary, { limit: 30, leaseMs: 60_000 })),
    );
    const all = [...first, ...rest.flat()];
    expect(new Set(all).size).toBe(all.length);
    const more = await claimDue(primary, { limit: 200, leaseMs: 60_000 });
    expect(new Set([...all, ...more]).size).toBe(200);
    expect(await claimDue(primary, { limit: 10, leaseMs: 60_000 })).toEqual([]);
  });

  it("gives a claim back when its lease ends", async () => {
    const { primary } = test.database;
    const [row] = await primary.$queryRaw<{ id: number }[]>`
      insert into repository (owner, name, next_check_at) values ('o', 'lease', now() - interval '1 day')
      returning id`;
    expect(await claimDue(primary, { limit: 1, leaseMs: 0 })).toEqual([row?.id]);
    expect(await claimDue(primary, { limit: 1, leaseMs: 60_000 })).toEqual([row?.id]);
    expect(await claimDue(primary, { limit: 1, leaseMs: 60_000 })).toEqual([]);
  });

  it("reads an index, not the table", async () => {
    const plan = await test.database.primary.$queryRaw<{ "QUERY PLAN": string }[]>`
      explain select id from repository where next_check_at <= now()
       order by next_check_at limit 50 for update skip locked`;
    expect(plan.map((row) => row["QUERY PLAN"]).join("\n")).toContain(
      "repository_next_check_at_idx",
    );
  });
});

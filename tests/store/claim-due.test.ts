import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimDue as claim } from "../../src/store/repositories/repository-store.js";
import { explain } from "../support/explain.js";
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

  it.each([
    ["a hundredth of them are", 100],
    ["all of them are", 1],
  ])("reads indexes, not the table, when of 20,000 repositories %s due", async (_what, each) => {
    await using many = await createTestDatabase();
    const { primary } = many.database;
    await primary.$executeRaw`
      insert into repository (owner, name, next_check_at)
      select 'o', 'n' || i, now() + case when i % ${each}::int = 0 then -1 else 1 end * i * interval '1 second'
        from generate_series(1, 20000) i`;
    await primary.$executeRaw`analyze repository`;
    const plan = await explain(many.database, (tx) => claim(tx, { limit: 100, leaseMs: 60_000 }));
    expect(plan).toContain("Index Scan (repository_next_check_at_idx)");
    expect(plan.join("\n")).not.toContain("Seq Scan");
  });
});

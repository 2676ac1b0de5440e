import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LEASES, WORK_KINDS } from "../../src/domain/work.js";
import type { Transaction } from "../../src/postgres/database.js";
import { claimWork as claim, isAnyDue } from "../../src/store/work/work-store.js";
import { explain } from "../support/explain.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { makeDue, readWork, setWork } from "../support/work.js";

const claimChecks = async (tx: Transaction, options: { limit: number }) =>
  (await claim(tx, "check", options)).map(({ id }) => id);

describe("claiming what is due", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
    await test.database.primary.$executeRaw`
      insert into work (kind, subject_id, reason, due_at)
      select 'check', i, 'RATE', now() - i * interval '1 second'
        from generate_series(1, 200) i`;
    await test.database.primary.$executeRaw`
      insert into work (kind, subject_id, reason, due_at)
      select 'check', 1000 + i, 'RATE', now() + interval '1 hour'
        from generate_series(1, 1000) i`;
    // Of other kinds, longer due; and what is not due at all.
    await test.database.primary.$executeRaw`
      insert into work (kind, subject_id, reason, due_at)
      select kind, i, 'WALK', now() - interval '1 day'
        from unnest(array['pull', 'backfill', 'verify', 'listing']::work_kind[]) kind, generate_series(1, 200) i`;
    await test.database.primary.$executeRaw`
      insert into work (kind, subject_id, reason)
      select 'check', 3000 + i, 'RATE' from generate_series(1, 200) i`;
    await test.database.primary.$executeRaw`analyze work`;
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it("gives each to one of many schedulers that claim at once, the longest due first", async () => {
    const { primary } = test.database;
    const first = await claimChecks(primary, { limit: 10 });
    expect(first.map(Number).sort((a, b) => a - b)).toEqual([
      191, 192, 193, 194, 195, 196, 197, 198, 199, 200,
    ]);
    const rest = await Promise.all(
      Array.from({ length: 8 }, () => claimChecks(primary, { limit: 30 })),
    );
    const all = [...first, ...rest.flat()];
    expect(new Set(all).size).toBe(all.length);
    const more = await claimChecks(primary, { limit: 200 });
    expect(new Set([...all, ...more]).size).toBe(200);
    expect(await claimChecks(primary, { limit: 10 })).toEqual([]);
    for (const kind of WORK_KINDS) expect(await isAnyDue(primary, kind)).toBe(kind !== "check");
  });

  it("gives a claim back when its lease ends, of whatever kind", async () => {
    await using other = await createTestDatabase();
    const { primary } = other.database;
    for (const kind of WORK_KINDS) {
      const claimed = async () => (await claim(primary, kind, { limit: 1 })).map(({ id }) => id);
      await makeDue(other.database, kind, 7);
      expect(await claimed()).toEqual([7]);
      expect(await claimed()).toEqual([]);
      const { claimedUntil } = (await readWork(other.database, kind, 7)) ?? {};
      const leaseMs = (claimedUntil?.getTime() ?? 0) - Date.now();
      expect(leaseMs).toBeGreaterThan(LEASES[kind].publishedMs - 10_000);
      expect(leaseMs).toBeLessThanOrEqual(LEASES[kind].publishedMs + 1_000);
      await setWork(other.database, kind, 7, { claimedUntil: new Date(Date.now() - 1) });
      expect(await claimed()).toEqual([7]);
      expect(await claimed()).toEqual([]);
    }
  });

  it("claims nothing where fewer are due than are asked for at least, and says how late each is", async () => {
    await using other = await createTestDatabase();
    const { primary } = other.database;
    for (const id of [1, 2]) {
      const dueAt = new Date(Date.now() - 60_000 * id);
      await makeDue(other.database, "check", id, { dueAt });
    }
    expect(await claim(primary, "check", { limit: 3, atLeast: 3 })).toEqual([]);
    expect(await isAnyDue(primary, "check")).toBe(true);
    const claimed = await claim(primary, "check", { limit: 3, atLeast: 2 });
    const lateness = claimed.map(({ id, lateMs }) => [id, Math.round(lateMs / 60_000)]);
    expect(lateness.sort()).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it("touches no index where it writes", async () => {
    await using other = await createTestDatabase({ connectionsMax: 1 });
    const { primary } = other.database;
    await primary.$executeRaw`
      insert into work (kind, subject_id, reason, due_at)
      select 'check', i, 'RATE', now() - i * interval '1 second'
        from generate_series(1, 5000) i order by random()`;
    for (let batch = 0; batch < 5; batch += 1) {
      expect(await claim(primary, "check", { limit: 100 })).toHaveLength(100);
    }
    await primary.$queryRaw`select pg_stat_force_next_flush()::text`;
    const [row] = await primary.$queryRaw<{ all: number; hot: number }[]>`
      select n_tup_upd::int as all, n_tup_hot_upd::int as hot
        from pg_stat_user_tables where relname = 'work'`;
    expect(row?.all).toBe(500);
    expect(row?.hot).toBeGreaterThan(450); // as far as their pages have room
  });

  it.each([
    ["a hundredth of them are", 100],
    ["all of them are", 1],
  ])("reads indexes, not the table, when of 20,000 repositories %s due", async (_what, each) => {
    await using many = await createTestDatabase();
    const { primary } = many.database;
    await primary.$executeRaw`
      insert into work (kind, subject_id, reason, due_at)
      select kind, i, 'RATE', due_at
        from unnest(array['check', 'pull', 'backfill', 'verify', 'listing']::work_kind[]) kind,
             generate_series(1, 20000) i,
             lateral (select now() + case when i % ${each}::int = 0 then -1 else 1 end * i * interval '1 second') d(due_at)`;
    await primary.$executeRaw`analyze work`;
    for (const kind of WORK_KINDS) {
      const plan = await explain(many.database, (tx) => claim(tx, kind, { limit: 100 }));
      expect(plan, kind).toContain("Index Scan (work_kind_due_at_idx)");
      expect(plan.join("\n"), kind).not.toContain("Seq Scan");
      const look = await explain(many.database, (tx) => isAnyDue(tx, kind));
      expect(look.join("\n"), kind).toMatch(/Index (Only )?Scan \(work_kind_due_at_idx\)/);
      expect(look.join("\n"), kind).not.toContain("Seq Scan");
    }
  });
});

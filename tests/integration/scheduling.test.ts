import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Scheduled } from "../../src/domain/check-schedule.js";
import { readRateHistogram } from "../../src/store/work/schedule-store.js";
import { createScheduling } from "../../src/worker/scheduling.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const BOUNDS = { minMs: 1_000, maxMs: 3_600_000 };
const ADDED = 2_000;
/** Points of an ordinary user that are for glances, a hundred repositories each, in a second. */
const AFFORDABLE = (5_000 * 0.58 * 100) / 3_600;

describe("the schedule", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
    await test.database.primary.$executeRaw`
      insert into repository (owner, name) select 'o', 'n' || i from generate_series(1, ${ADDED}::int) i`;
    await test.database.primary.$executeRaw`
      insert into repository (owner, name, state) values ('o', 'paused', 'PAUSED'), ('o', 'parked', 'FAILED')`;
    await test.database.primary.$executeRaw`
      insert into work (kind, subject_id, reason, due_at)
      select 'check', id, case when state = 'FAILED' then 'RETRY' else 'ADDED' end::work_reason, due
        from repository, lateral (select case state when 'PENDING' then now()
                                                    when 'FAILED' then now() + interval '1 day' end) as d(due)`;
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const added = (): Scheduled => ({
    rateWeight: 0,
    rateAt: new Date(),
    lastCommitAt: null,
    createdAt: new Date(),
    watchedUntil: null,
  });
  const scheduling = () => createScheduling({ database: test.database, bounds: BOUNDS });

  it("keeps within the budget from the first moment on, however many were added together", async () => {
    const scheduleOf = await scheduling().current();
    const { delayMs, reason } = scheduleOf(added());
    expect(reason).toBe("RATE");
    const checks = (ADDED * 1_000) / delayMs;
    expect(checks).toBeLessThan(AFFORDABLE * 1.06);
    expect(checks).toBeGreaterThan(AFFORDABLE * 0.9);
    const [bucket, ...others] = await readRateHistogram(test.database.primary);
    expect(bucket?.count).toBe(ADDED);
    expect(others).toEqual([]);
  });

  it("checks five times as often what somebody follows", async () => {
    const scheduleOf = await scheduling().current();
    const followed = { ...added(), watchedUntil: new Date(Date.now() + 60_000) };
    const { delayMs, reason } = scheduleOf(followed);
    expect(reason).toBe("WATCHED");
    const ratio = scheduleOf(added()).delayMs / delayMs;
    expect(ratio).toBeGreaterThan(4.5);
    expect(ratio).toBeLessThan(5.5);
    const left = { ...followed, watchedUntil: new Date(Date.now() - 1) };
    expect(scheduleOf(left).reason).toBe("RATE");
  });

  it("checks it five times as often however quiet it is, and counts it as five", async () => {
    const scheduleOf = await scheduling().current();
    const created = new Date(Date.now() - 400 * 86_400_000);
    const quiet = { ...added(), rateAt: created, createdAt: created, lastCommitAt: created };
    const followed = { ...quiet, watchedUntil: new Date(Date.now() + 60_000) };
    const ratio = scheduleOf(quiet).delayMs / scheduleOf(followed).delayMs;
    expect(ratio).toBeGreaterThan(4.5);
    expect(ratio).toBeLessThan(5.5);

    const database = test.database.primary;
    await database.$executeRaw`
      update work set reason = 'WATCHED' where subject_id = (select id from repository where name = 'n1')`;
    const buckets = await readRateHistogram(database);
    await database.$executeRaw`
      update work set reason = 'ADDED' where subject_id = (select id from repository where name = 'n1')`;
    const counts = buckets.map(({ weight, count }) => [weight, count]);
    expect(counts.sort(([a = 0], [b = 0]) => a - b)).toEqual([
      [1, ADDED - 1],
      [5, 1],
    ]);
  });

  it("spends less on glances when GitHub takes long over them", async () => {
    const slow = scheduling();
    for (let glance = 0; glance < 100; glance += 1) slow.observeGlance(100, 2_000);
    const { delayMs } = (await slow.current())(added());
    // 24.75 of 45 seconds a minute are for glances, of 20 ms a repository.
    expect((ADDED * 1_000) / delayMs).toBeLessThan((24_750 / 60 / 20) * 1.06);
  });
});

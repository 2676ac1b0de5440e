import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TrackerError } from "../../src/domain/errors.js";
import { BUSY_MS } from "../../src/domain/work.js";
import { PARKED_RETRY_MS } from "../../src/store/repositories/failure-store.js";
import { createMetrics } from "../../src/telemetry/metrics/metrics.js";
import { createFailureRecorder, MAX_ATTEMPTS } from "../../src/worker/record-failure.js";
import { storeRepository } from "../api/rows.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { lockRepository } from "../support/row-lock.js";
import { makeDue, readRepository, readWork } from "../support/work.js";

const HOUR_MS = 3_600_000;
const inMs = (at: Date | null | undefined) => (at?.getTime() ?? Number.NaN) - Date.now();

describe("a walk of a repository that GitHub does not show", () => {
  let test: TestDatabase;
  let recordFailure: ReturnType<typeof createFailureRecorder>;
  beforeAll(async () => {
    test = await createTestDatabase();
    recordFailure = createFailureRecorder({
      ...{ database: test.database, metrics: createMetrics(), logger: pino({ level: "silent" }) },
      bounds: { minMs: 1_000, maxMs: HOUR_MS },
    });
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  const work = (kind: "check" | "backfill", id: number) => readWork(test.database, kind, id);
  /** Its check is due in an hour, its first history is in hand and has failed so often. */
  async function store(name: string, attempts: number) {
    const id = await storeRepository(test.database, "octo", name);
    const claimedUntil = new Date(Date.now() + HOUR_MS);
    await makeDue(test.database, "backfill", id, { attempts, isHeld: true, claimedUntil });
    return { id, attempts };
  }
  const fail = (failed: { id: number; attempts: number }) =>
    recordFailure([failed], new TrackerError("GITHUB_FORBIDDEN", "Not with this token."), {
      ...{ task: "backfill", about: "repository", batch: 1 },
    });

  it("has a check tell at once whether that is so, which any scheduler finds", async () => {
    const failed = await store("hidden", MAX_ATTEMPTS - 2);
    await fail(failed);
    const check = await work("check", failed.id);
    expect(check).toMatchObject({ reason: "REQUESTED", claimedUntil: null, attempts: 0 });
    expect(inMs(check?.dueAt)).toBeLessThan(1_000);
    expect(await work("backfill", failed.id)).toMatchObject({ attempts: MAX_ATTEMPTS - 1 });
    expect((await readRepository(test.database, failed.id)).state).not.toBe("FAILED");
  });

  it("stays parked once it is: its check is not hurried and rests as long", async () => {
    const failed = await store("parked", MAX_ATTEMPTS - 1);
    await fail(failed);
    expect((await readRepository(test.database, failed.id)).state).toBe("FAILED");
    const check = await work("check", failed.id);
    expect(check).toMatchObject({ reason: "RETRY", claimedUntil: null });
    expect(inMs(check?.dueAt)).toBeGreaterThan(0.99 * PARKED_RETRY_MS);
    expect((await work("backfill", failed.id))?.dueAt).toBeNull();
  });

  it("is tried again soon where somebody holds the row as it was to be parked", async () => {
    const failed = await store("held", MAX_ATTEMPTS - 1);
    const lock = await lockRepository(test.url, failed.id);
    await fail(failed);
    await lock.release();
    expect((await readRepository(test.database, failed.id)).state).not.toBe("FAILED");
    const walk = await work("backfill", failed.id);
    expect(walk).toMatchObject({ claimedUntil: null, attempts: MAX_ATTEMPTS - 1 });
    expect(inMs(walk?.dueAt)).toBeGreaterThan(0);
    expect(inMs(walk?.dueAt)).toBeLessThanOrEqual(BUSY_MS);
    expect(inMs((await work("check", failed.id))?.dueAt)).toBeGreaterThan(HOUR_MS / 2);
  });
});

import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import type { TaskQueue } from "../../src/queue/queue.js";
import { type Scheduler, startScheduler } from "../../src/scheduler/scheduler.js";
import { createMetrics } from "../../src/telemetry/metrics.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const logger = pino({ level: "silent" });
const LEASE_MS = 60_000;

describe("the scheduler", () => {
  let test: TestDatabase;
  let started: Scheduler[];
  beforeEach(async () => {
    started = [];
    test = await createTestDatabase();
  });
  afterEach(async () => {
    for (const scheduler of started) await scheduler.stop();
    await test[Symbol.asyncDispose]();
  });

  const start = (queue: TaskQueue) => {
    const parts = { database: test.database, queue, logger, metrics: createMetrics() };
    started.push(startScheduler({ ...parts, gatherMs: 10 }));
  };
  /** Not before its first look at what is due is over. */
  const stop = async () => {
    for (const scheduler of started.splice(0)) await scheduler.stop();
  };
  const addDue = (count: number) =>
    test.database.primary.$executeRaw`
      insert into repository (owner, name, next_check_at)
      select 'o', 'n' || i, now() - interval '1 second' from generate_series(1, ${count}::int) i`;
  const countDue = () =>
    test.database.primary.repository.count({ where: { nextCheckAt: { lte: new Date() } } });
  /** The repositories of all checks that wait. */
  async function takeChecks(queue: TaskQueue): Promise<number[][]> {
    const taken: number[][] = [];
    const { ready } = await queue.depth("check");
    const consumer = await queue.consume("check", { concurrency: 1 }, async (task) => {
      taken.push([...task.repositoryIds]);
    });
    await eventually(() => expect(taken.length).toBeGreaterThanOrEqual(ready));
    await consumer.stop();
    return taken;
  }

  it("hands each due repository over once, a hundred to a task, whatever the number of schedulers", async () => {
    await addDue(450);
    const queue = createInProcessQueue({ logger });
    for (let count = 0; count < 3; count += 1) start(queue);
    await eventually(async () => expect(await countDue()).toBe(0));
    await stop();
    const tasks = await takeChecks(queue);
    expect(tasks.map((ids) => ids.length).sort((a, b) => b - a)).toEqual([100, 100, 100, 100, 50]);
    expect(new Set(tasks.flat()).size).toBe(450);
  });

  it("has a repository back within a minute when its check was not confirmed", async () => {
    await addDue(1);
    start(createInProcessQueue({ logger, lengthMax: 0 }));
    await eventually(async () => expect(await countDue()).toBe(0));
    await stop();
    const { nextCheckAt } = await test.database.primary.repository.findFirstOrThrow();
    expect(nextCheckAt.getTime()).toBeLessThanOrEqual(Date.now() + LEASE_MS);
    await test.database.primary.repository.updateMany({ data: { nextCheckAt: new Date() } });
    const queue = createInProcessQueue({ logger });
    start(queue);
    await eventually(async () => expect((await queue.depth("check")).ready).toBe(1));
  });

  it("claims nothing while there is no broker to tell", async () => {
    await addDue(1);
    const queue = createInProcessQueue({ logger });
    await queue.close();
    start(queue);
    await stop();
    expect(await countDue()).toBe(1);
  });

  it("leaves what is due in its rows while nobody takes the checks that wait", async () => {
    await addDue(100);
    const queue = createInProcessQueue({ logger });
    for (let task = 0; task < 50; task += 1) await queue.publish("check", { repositoryIds: [1] });
    start(queue);
    await stop();
    expect((await queue.depth("check")).ready).toBe(50);
    expect(await countDue()).toBe(100);
    const consumer = await queue.consume("check", { concurrency: 1 }, async () => {});
    start(queue);
    await eventually(async () => expect(await countDue()).toBe(0));
    await consumer.stop();
  });
});

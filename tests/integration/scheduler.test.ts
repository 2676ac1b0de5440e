import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TrackerError } from "../../src/domain/errors.js";
import { WORK_KINDS, type WorkKind } from "../../src/domain/work.js";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import type { TaskQueue } from "../../src/queue/queue.js";
import type { TaskKind, TaskPayload } from "../../src/queue/task.js";
import { PLANS } from "../../src/scheduler/plans.js";
import { type Scheduler, startScheduler } from "../../src/scheduler/scheduler.js";
import { claimWork } from "../../src/store/work/work-store.js";
import { createMetrics } from "../../src/telemetry/metrics/metrics.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { readWork } from "../support/work.js";

const logger = pino({ level: "silent" });

/** Of a task that is about one. */
function subjectOf(task: TaskPayload<TaskKind>): number {
  if ("repositoryIds" in task) throw new Error("it is about many");
  return "listingId" in task ? task.listingId : task.repositoryId;
}

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
  /** Of so many repositories, the first of them due for the longest. */
  const addDue = async (count: number, kinds: readonly WorkKind[] = ["check"]) => {
    await test.database.primary.$executeRaw`
      insert into repository (owner, name)
      select 'o', 'n' || i from generate_series(1, ${count}::int) i`;
    await test.database.primary.$executeRaw`
      insert into work (kind, subject_id, reason, due_at)
      select kind, id, 'RATE', due_at
        from repository, unnest(${kinds}::text[]::work_kind[]) kind,
             lateral (select now() - interval '1 hour' + id * interval '1 second') d(due_at)`;
  };
  const countDue = (kind: WorkKind = "check") =>
    test.database.primary.work.count({
      where: { kind, dueAt: { lte: new Date() }, claimedUntil: null },
    });
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

  it("has a repository back at once when its check was not confirmed, and within a minute when the scheduler dies", async () => {
    await addDue(1);
    let refused = 0;
    start({
      ...createInProcessQueue({ logger }),
      publish: async () => {
        refused += 1;
        throw new TrackerError("BROKER_UNAVAILABLE", "not confirmed");
      },
    });
    await eventually(() => expect(refused).toBeGreaterThan(1));
    await stop();
    expect(await countDue()).toBe(1);

    expect(await claimWork(test.database.primary, "check", { limit: 1 })).toHaveLength(1);
    const { claimedUntil } = await test.database.primary.work.findFirstOrThrow();
    expect(claimedUntil?.getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
    await test.database.primary.work.updateMany({ data: { claimedUntil: new Date() } });
    const queue = createInProcessQueue({ logger });
    start(queue);
    await eventually(async () => expect((await queue.depth("check")).ready).toBe(1));
  });

  it.each(WORK_KINDS.filter((kind) => kind !== "check"))(
    "gives back only those of kind %s whose tasks were not taken when some of a claim were",
    async (kind) => {
      await addDue(5, [kind]);
      const taken: number[] = [];
      let refused = 0;
      start({
        ...createInProcessQueue({ logger }),
        publish: async (_kind, payload) => {
          const id = subjectOf(payload);
          if (taken.length >= 2 && !taken.includes(id)) {
            refused += 1;
            throw new TrackerError("BROKER_UNAVAILABLE", "not confirmed");
          }
          taken.push(id);
        },
      });
      await eventually(() => expect(refused).toBeGreaterThan(1));
      await stop();
      expect(taken).toHaveLength(2);
      expect(await countDue(kind)).toBe(3);
      for (const id of taken) {
        const { claimedUntil } = (await readWork(test.database, kind, id)) ?? {};
        expect(claimedUntil?.getTime()).toBeGreaterThan(Date.now());
      }
    },
  );

  it("claims nothing while there is no broker to tell", async () => {
    await addDue(1, WORK_KINDS);
    const queue = createInProcessQueue({ logger });
    await queue.close();
    start(queue);
    await stop();
    for (const kind of WORK_KINDS) expect(await countDue(kind)).toBe(1);
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

  it.each(WORK_KINDS)(
    "publishes what is due of the other kinds although the queue of %s fails, cannot be counted, or is full",
    async (bad) => {
      const others = WORK_KINDS.filter((kind) => kind !== bad);
      await addDue(3, WORK_KINDS);
      const real = createInProcessQueue({ logger });
      const broken: TaskQueue = {
        ...real,
        publish: (kind, payload) =>
          kind === bad
            ? Promise.reject(new TrackerError("BROKER_UNAVAILABLE", "this queue is gone"))
            : real.publish(kind, payload),
        depth: (kind) =>
          kind === bad ? Promise.reject(new Error("no such queue")) : real.depth(kind),
      };
      start(broken);
      for (const kind of others) await eventually(async () => expect(await countDue(kind)).toBe(0));
      for (const kind of others) {
        const tasks = kind === "check" ? 1 : 3;
        await eventually(async () => expect((await real.depth(kind)).ready).toBe(tasks));
      }
      await stop();

      await test.database.primary.work.updateMany({ data: { claimedUntil: null } });
      const { tasksMax } = PLANS[bad];
      start({
        ...real,
        depth: async (kind) => (kind === bad ? { ready: tasksMax, dead: 0 } : real.depth(kind)),
      });
      for (const kind of others) await eventually(async () => expect(await countDue(kind)).toBe(0));
      expect(await countDue(bad)).toBe(3);
    },
  );

  it("publishes first histories only as far as their queue has room, the longest due first, and writes nothing of the others meanwhile", async () => {
    const { tasksMax } = PLANS.backfill;
    await addDue(tasksMax + 30, ["backfill"]);
    const queue = createInProcessQueue({ logger });
    start(queue);
    await eventually(async () => expect(await countDue("backfill")).toBe(30));
    const versions = async () => {
      const rows = await test.database.primary.$queryRaw<{ id: number; version: string }[]>`
        select subject_id as id, xmin || ' ' || ctid as version from work order by subject_id`;
      return new Map(rows.map(({ id, version }) => [id, version]));
    };
    const before = await versions();
    // Checks that come due show that the scheduler has looked again, and again.
    for (const id of [1, 2, 3]) {
      const dueAt = new Date(0);
      await test.database.primary.work.create({
        data: { kind: "check", subjectId: 10_000 + id, reason: "RATE", dueAt },
      });
      await eventually(async () => expect(await countDue()).toBe(0));
    }
    expect((await queue.depth("backfill")).ready).toBe(tasksMax);
    const after = await versions();
    for (const [id, version] of before) expect(after.get(id)).toBe(version);

    // One that is taken makes room for one: the one that has been due for the longest.
    const taken: number[] = [];
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const consumer = await queue.consume("backfill", { concurrency: 1 }, async (task) => {
      taken.push(task.repositoryId);
      await released;
    });
    await eventually(async () => expect(await countDue("backfill")).toBe(29));
    const next = await readWork(test.database, "backfill", tasksMax + 1);
    expect(next?.claimedUntil?.getTime()).toBeGreaterThan(Date.now());
    await eventually(async () => expect((await queue.depth("backfill")).ready).toBe(tasksMax));
    release();
    await eventually(() => expect(taken).toHaveLength(tasksMax + 30));
    await consumer.stop();
    expect(new Set(taken).size).toBe(tasksMax + 30);
  });
});

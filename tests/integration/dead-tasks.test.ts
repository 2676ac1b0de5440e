import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import type { Consumer, TaskQueue } from "../../src/queue/queue.js";
import { startBuriers } from "../../src/worker/bury-tasks.js";
import { storeRepository } from "../api/rows.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { lockRepository } from "../support/row-lock.js";
import { makeDue, readRepository } from "../support/work.js";

const logger = pino({ level: "silent" });

describe("a task that is dead", () => {
  let test: TestDatabase;
  let queue: TaskQueue;
  let buriers: Consumer[];
  let refusals: unknown[];
  beforeAll(async () => {
    test = await createTestDatabase();
    refusals = [];
    const real = createInProcessQueue({ logger });
    queue = {
      ...real,
      consumeDead: (kind, handler) =>
        real.consumeDead(kind, (task, delivery) =>
          handler(task, delivery).catch((error: unknown) => {
            refusals.push(error);
            throw error;
          }),
        ),
    };
    buriers = await startBuriers({ database: test.database, queue, logger });
  });
  afterAll(async () => {
    for (const burier of buriers ?? []) await burier.stop();
    await queue?.close();
    await test?.[Symbol.asyncDispose]();
  });

  const stateOf = async (id: number) => (await readRepository(test.database, id)).state;

  it.each(["check", "pull", "backfill"] as const)(
    "of kind %s parks its repository once nobody holds that any more, and is not lost before",
    async (kind) => {
      const id = await storeRepository(test.database, "octo", kind);
      await makeDue(test.database, kind, id, { isHeld: true });
      const lock = await lockRepository(test.url, id);
      const before = refusals.length;
      const deadly = await queue.consume(kind, { concurrency: 1 }, async () => {
        throw new Error("this task ends its worker");
      });
      if (kind === "check") await queue.publish(kind, { repositoryIds: [id] });
      else await queue.publish(kind, { repositoryId: id, generation: 0 });
      await eventually(() => expect(refusals).toHaveLength(before + 1));
      expect(refusals.at(-1)).toMatchObject({ code: "BUSY" });
      expect(await stateOf(id)).toBe("PENDING");
      await lock.release();
      await eventually(async () => expect(await stateOf(id)).toBe("FAILED"));
      expect((await readRepository(test.database, id)).lastError).toMatch(/workers in a row/);
      expect((await queue.depth(kind)).dead).toBe(0);
      await deadly.stop();
    },
  );
});

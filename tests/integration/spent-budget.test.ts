import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskQueue } from "../../src/queue/queue.js";
import { eventually } from "../support/eventually.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { readRepository } from "../support/work.js";

describe("a worker whose budgets are all spent", () => {
  let pipeline: Pipeline;
  /** Tasks of all kinds that it has taken and not settled. */
  let inHand = 0;
  const counted = (real: TaskQueue): TaskQueue => ({
    ...real,
    consume: (kind, options, handler) =>
      real.consume(kind, options, async (task, delivery) => {
        inHand += 1;
        try {
          await handler(task, delivery);
        } finally {
          inHand -= 1;
        }
      }),
  });
  beforeAll(async () => {
    pipeline = await startPipeline({ queue: counted });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const row = (id: number) => readRepository(pipeline.database, id);
  it("holds no task and asks nothing until the reset, blames no repository, and then goes on", async () => {
    const { gitHub, queue } = pipeline;
    await gitHub.addRepository({ owner: "octo", name: "patient" });
    const [first = ""] = await gitHub.commit("octo/patient", [{ message: "first" }]);
    const id = await pipeline.add("octo/patient");
    await pipeline.settled(id, first);

    await gitHub.setBudget("octocat", { remaining: 0, resetInMs: 4_000 });
    const resetBy = Date.now() + 5_000;
    const [second = ""] = await gitHub.commit("octo/patient", [{ message: "second" }]);
    const waiting = await eventually(async () => {
      const one = await row(id);
      expect(one.checkReason).toBe("RETRY");
      return one;
    });
    expect(waiting).toMatchObject({ state: "ACTIVE", attempts: 0 });
    expect(waiting.lastError).toMatch(/no request before/);
    expect(waiting.nextCheckAt?.getTime()).toBeGreaterThan(resetBy - 2_000);
    expect(waiting.nextCheckAt?.getTime()).toBeLessThan(resetBy + 11_000);
    expect((await queue.depth("check")).ready).toBe(0);
    await eventually(() => expect(inHand).toBe(0));
    expect(Date.now()).toBeLessThan(resetBy - 1_000); // long before the reset
    const refused = (await gitHub.listRequests()).length;
    await pipeline.settled(id, second, 20_000);
    const later = (await gitHub.listRequests()).slice(refused);
    for (const { at } of later) expect(at).toBeGreaterThan(resetBy - 2_000);
    expect((await row(id)).lastError).toBeNull();
  });
});

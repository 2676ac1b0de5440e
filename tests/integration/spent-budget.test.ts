import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { readRepository } from "../support/work.js";

describe("a worker whose budgets are all spent", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const row = (id: number) => readRepository(pipeline.database, id);
  /** Tasks of all kinds that it has taken and not settled. */
  async function inHand(): Promise<number> {
    const { taskDuration, tasks } = pipeline.metrics;
    const sum = (values: readonly { value: number }[]) =>
      values.reduce((total, { value }) => total + value, 0);
    const settled = sum((await tasks.get()).values);
    const ended = (await taskDuration.get()).values.filter(({ metricName }) =>
      metricName?.endsWith("_count"),
    );
    return sum(ended) - settled;
  }

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
    expect(await inHand()).toBe(0);
    const refused = (await gitHub.listRequests()).length;
    await pipeline.settled(id, second, 20_000);
    const later = (await gitHub.listRequests()).slice(refused);
    for (const { at } of later) expect(at).toBeGreaterThan(resetBy - 2_000);
    expect((await row(id)).lastError).toBeNull();
  });
});

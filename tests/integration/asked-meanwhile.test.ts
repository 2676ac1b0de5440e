import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { markWatched } from "../../src/store/work/schedule-store.js";
import { requestCheck } from "../../src/tracking/request-check.js";
import { PLACES_ONLY } from "../support/budget.js";
import { eventually } from "../support/eventually.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { readWork } from "../support/work.js";

const HOUR_MS = 3_600_000;
const logger = pino({ level: "silent" });

describe("a check that is under way", () => {
  let pipeline: Pipeline;
  /** Requests that were begun. */
  let begun = 0;
  beforeAll(async () => {
    const real = createInMemoryBudgetLedger({ pace: PLACES_ONLY });
    const ledger = {
      ...real,
      acquire: async (...args: Parameters<typeof real.acquire>) => {
        begun += 1;
        return await real.acquire(...args);
      },
    };
    // Checks come only when they are asked for.
    const bounds = { minMs: HOUR_MS, maxMs: HOUR_MS };
    pipeline = await startPipeline({ bounds, ledger: () => ledger });
  });
  afterAll(() => pipeline?.[Symbol.asyncDispose]());

  const ask = (id: number) =>
    requestCheck({ database: pipeline.database, queue: pipeline.queue, logger }, id);
  const check = (id: number) => readWork(pipeline.database, "check", id);
  const isRested = (id: number) =>
    eventually(async () => {
      const work = await check(id);
      expect(work?.claimedUntil).toBeNull();
      expect(work?.dueAt?.getTime()).toBeGreaterThan(Date.now() + HOUR_MS / 2);
      return work;
    });
  async function track(name: string) {
    const { id: nodeId } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const [head = ""] = await pipeline.gitHub.commit(`octo/${name}`, [{ message: "first" }]);
    const id = await pipeline.add(`octo/${name}`);
    await pipeline.settled(id, head);
    await isRested(id);
    return { id, nodeId };
  }
  const checksOf = async (nodeId: string) =>
    (await pipeline.gitHub.listRequests()).filter(
      ({ operationName, variables }) =>
        (operationName === "LookUp" || operationName === "Glance") &&
        JSON.stringify(variables).includes(nodeId),
    ).length;
  /** GitHub has been asked, and has not answered yet. */
  async function begin({ id, nodeId }: { id: number; nodeId: string }): Promise<void> {
    const when = { operationName: "LookUp", includes: nodeId };
    await pipeline.gitHub.injectFault({ when, answer: { delayMs: 1_000 } });
    const before = begun;
    expect(await ask(id)).toBe(true);
    await eventually(() => expect(begun).toBeGreaterThan(before));
  }

  it("is done once more for who asks meanwhile: its answer may be an older one", async () => {
    const repository = await track("asked-again");
    const before = await checksOf(repository.nodeId);
    await begin(repository);
    await ask(repository.id);
    await ask(repository.id);
    await eventually(async () => expect(await checksOf(repository.nodeId)).toBe(before + 2));
    await isRested(repository.id);
    expect(await checksOf(repository.nodeId)).toBe(before + 2);
  });

  it("is followed by another soon for who begins to follow its repository meanwhile", async () => {
    const repository = await track("followed");
    const before = await checksOf(repository.nodeId);
    await begin(repository);
    const { primary } = pipeline.database;
    await markWatched(primary, [repository.id], { forMs: HOUR_MS, dueInMs: 1_500 });
    await eventually(async () => expect(await checksOf(repository.nodeId)).toBe(before + 2));
    expect(await isRested(repository.id)).toMatchObject({ reason: "WATCHED" });
    expect(await checksOf(repository.nodeId)).toBe(before + 2);
  });
});

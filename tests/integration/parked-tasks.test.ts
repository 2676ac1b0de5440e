import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WALK_KINDS } from "../../src/domain/work.js";
import { countFailed, listFailed } from "../../src/store/repositories/failure-reader.js";
import { discardTask, resumeRepository, retryTask } from "../../src/tracking/pause-repository.js";
import { MAX_ATTEMPTS } from "../../src/worker/record-failure.js";
import { eventually } from "../support/eventually.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { makeDue, readRepository, readWork, setWork } from "../support/work.js";

const logger = pino({ level: "silent" });
const FIRST_PAGE = { count: 100, from: "start", after: null, before: null } as const;
const DAY_MS = 86_400_000;
const inMs = (at: Date | null | undefined) => (at?.getTime() ?? 0) - Date.now();

describe("work that keeps failing", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const row = (id: number) => readRepository(pipeline.database, id);
  const dependencies = () => ({ database: pipeline.database, queue: pipeline.queue, logger });
  const broken = { data: { node: { object: { history: { nodes: [null] } } } } };

  /** A repository whose pages GitHub answers with nonsense, until the fault is cleared. */
  async function track(name: string) {
    const { id: nodeId } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const [head = ""] = await pipeline.gitHub.commit(`octo/${name}`, [{ message: "first" }]);
    const fault = await pipeline.gitHub.injectFault({
      when: { operationName: "History", includes: nodeId },
      answer: { status: 200, headers: { "x-github-request-id": "ABC:123" }, body: broken },
      times: "always",
    });
    return { id: await pipeline.add(`octo/${name}`), head, fault };
  }

  it("is parked after as many attempts with its first and last error, and tried again when told to", async () => {
    const { id, head, fault } = await track("stubborn");
    await eventually(async () => expect((await row(id)).state).toBe("FAILED"));
    const parked = await row(id);
    expect(parked.attempts).toBe(MAX_ATTEMPTS);
    expect(inMs(parked.nextCheckAt)).toBeGreaterThan(0.9 * DAY_MS);
    // No task of it is due before.
    for (const kind of WALK_KINDS)
      expect((await readWork(pipeline.database, kind, id))?.dueAt ?? null).toBeNull();
    const failed = await listFailed(pipeline.database, FIRST_PAGE);
    const shown = failed.find(({ repository }) => repository.id === id);
    expect(shown?.firstError).toMatch(/another shape/);
    expect(shown?.context).toMatchObject({
      task: "backfill",
      about: "repository",
      batch: 1,
      page: `100 commits of ${head}`,
      code: "GITHUB_MALFORMED_ANSWER",
      requestId: "ABC:123",
    });
    expect(shown?.firstFailedAt?.getTime()).toBeLessThan(shown?.lastFailedAt?.getTime() ?? 0);

    await pipeline.gitHub.clearFaults(fault);
    await retryTask(dependencies(), id);
    await pipeline.settled(id, head);
    expect(await row(id)).toMatchObject({
      state: "ACTIVE",
      attempts: 0,
      lastError: null,
      firstError: null,
    });
    expect(await countFailed(pipeline.database)).toEqual({
      count: (await listFailed(pipeline.database, FIRST_PAGE)).length,
      isExact: true,
    });
  });

  it("never delays the others", async () => {
    const { id } = await track("bad-neighbour");
    await pipeline.gitHub.addRepository({ owner: "octo", name: "neighbour" });
    const [first = ""] = await pipeline.gitHub.commit("octo/neighbour", [{ message: "first" }]);
    const neighbour = await pipeline.add("octo/neighbour");
    await pipeline.settled(neighbour, first);
    await eventually(async () => expect((await row(id)).attempts).toBeGreaterThan(1));
    const [second = ""] = await pipeline.gitHub.commit("octo/neighbour", [{ message: "second" }]);
    await pipeline.settled(neighbour, second);
    expect((await row(neighbour)).attempts).toBe(0);
  });

  it("comes back by itself when the daily look finds it well", async () => {
    const { id, head, fault } = await track("healed");
    await eventually(async () => expect((await row(id)).state).toBe("FAILED"));
    await pipeline.gitHub.clearFaults(fault);
    await makeDue(pipeline.database, "check", id);
    await pipeline.settled(id, head);
    expect((await row(id)).state).toBe("ACTIVE");
  });

  it("is parked too when its task is dead, alone of all that were checked with it", async () => {
    await pipeline.gitHub.addRepository({ owner: "octo", name: "sound" });
    const [head = ""] = await pipeline.gitHub.commit("octo/sound", [{ message: "first" }]);
    const sound = await pipeline.add("octo/sound");
    await pipeline.settled(sound, head);
    // What a worker that is killed by it leaves behind after its last delivery.
    const { generation } = await row(sound);
    const claimedUntil = new Date(Date.now() + 60_000);
    const inHand = { dueAt: new Date(), claimedUntil, isHeld: true, reason: "WALK" } as const;
    await setWork(pipeline.database, "backfill", sound, inHand);
    const dead = await pipeline.queue.consume("backfill", { concurrency: 1 }, async () => {
      throw new Error("this task ends its worker");
    });
    // More of them than the pipeline's own worker has hands for.
    for (let copy = 0; copy < 20; copy += 1)
      await pipeline.queue.publish("backfill", { repositoryId: sound, generation });
    await eventually(async () => expect((await row(sound)).state).toBe("FAILED"));
    await dead.stop();
    expect((await row(sound)).lastError).toMatch(/workers in a row/);
    await retryTask(dependencies(), sound);
    await eventually(async () => expect((await row(sound)).state).toBe("ACTIVE"));
  });

  it("can be discarded: its repository is paused, asked for no more, and goes on once resumed", async () => {
    const { id, head, fault } = await track("given-up");
    await eventually(async () => expect((await row(id)).state).toBe("FAILED"));
    await discardTask(dependencies(), id);
    expect(await row(id)).toMatchObject({ state: "PAUSED", attempts: 0, lastError: null });
    await pipeline.gitHub.clearFaults(fault);
    await retryTask(dependencies(), id);
    expect((await row(id)).state).toBe("PAUSED");
    await resumeRepository(dependencies(), id);
    await pipeline.settled(id, head);
  });
});

import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LEASES } from "../../src/domain/work.js";
import { createInProcessQueue } from "../../src/queue/in-process-queue.js";
import { requestCheck } from "../../src/tracking/request-check.js";
import { eventually } from "../support/eventually.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { readRepository, readWork, setWork } from "../support/work.js";

const HOUR_MS = 3_600_000;
/** As GitHub tells times. */
const wholeSecond = (ms: number) => new Date(Math.floor(ms / 1_000) * 1_000).toISOString();
const anHourAgo = () => wholeSecond(Date.now() - HOUR_MS);

describe("a check in two stages", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline({ bounds: { minMs: 100, maxMs: HOUR_MS } });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const row = (id: number) => readRepository(pipeline.database, id);
  const requestsOf = async (operation: string) =>
    (await pipeline.gitHub.countOperations())[operation]?.requests ?? 0;

  const glancesSince = async (since: number) =>
    (await pipeline.gitHub.listRequests("Glance"))
      .filter(({ at }) => at >= since)
      .map(({ at, status, variables }) => ({
        ...{ at, status },
        ids: (variables as { ids?: string[] }).ids ?? [],
      }));

  /** A tracked repository whose head has been looked at so long ago that its last push counts as seen. */
  async function settled(name: string): Promise<{ id: number; head: string }> {
    await pipeline.gitHub.addRepository({ owner: "octo", name });
    const [head = ""] = await pipeline.gitHub.commit(`octo/${name}`, [{ message: "first" }]);
    const pushedAt = anHourAgo();
    await pipeline.gitHub.setFlags(`octo/${name}`, { pushedAt });
    const id = await pipeline.add(`octo/${name}`);
    await pipeline.settled(id, head);
    await eventually(async () => expect((await row(id)).pushedAt).toEqual(new Date(pushedAt)));
    return { id, head };
  }

  it("only glances at what has not been pushed to, many to a request", async () => {
    const all = await Promise.all(
      Array.from({ length: 30 }, (_, index) => settled(`quiet${index}`)),
    );
    const looks = await requestsOf("LookUp");
    const since = new Date();
    await eventually(async () => {
      for (const { id } of all)
        expect((await row(id)).lastCheckedAt?.getTime()).toBeGreaterThan(since.getTime() + 500);
    });
    expect(await requestsOf("LookUp")).toBe(looks);
    const sizes = (await glancesSince(since.getTime())).map(({ ids }) => ids.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(3 * sizes.length);
  });

  it("looks at a head once `pushedAt` has moved, and fetches what was pushed", async () => {
    const { id } = await settled("pushed");
    const [second = ""] = await pipeline.gitHub.commit("octo/pushed", [{ message: "second" }]);
    await pipeline.settled(id, second);
  });

  it("looks again for a while when a push is told before the head shows it", async () => {
    const { id, head } = await settled("lagging");
    // GitHub's database knows of the push, its git does not yet.
    const pushedAt = wholeSecond(Date.now());
    await pipeline.gitHub.setFlags("octo/lagging", { pushedAt });
    const looks = await requestsOf("LookUp");
    await eventually(async () => expect(await requestsOf("LookUp")).toBeGreaterThan(looks + 1));
    await pipeline.settled(id, head);
    const [second = ""] = await pipeline.gitHub.commit("octo/lagging", [{ message: "second" }]);
    await pipeline.gitHub.setFlags("octo/lagging", { pushedAt });
    await pipeline.settled(id, second);
  });

  it("notices a rename and an archived repository at a glance", async () => {
    const { id } = await settled("plain");
    await pipeline.gitHub.rename("octo/plain", "fancy");
    await pipeline.gitHub.setFlags("octo/fancy", { isArchived: true });
    await eventually(async () => {
      expect(await row(id)).toMatchObject({ name: "fancy", isArchived: true });
    });
  });

  it("touches only the one that GitHub does not show any more, of many in one request", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, (_, index) => settled(`many${index}`)));
    await pipeline.gitHub.setFlags("octo/many2", { isPrivate: true });
    const gone = all[2]?.id ?? 0;
    await eventually(async () => expect((await row(gone)).state).toBe("UNAVAILABLE"));
    const since = Date.now();
    for (const { id } of all.filter((one) => one.id !== gone)) {
      await eventually(async () =>
        expect((await row(id)).lastCheckedAt?.getTime()).toBeGreaterThan(since),
      );
      expect(await row(id)).toMatchObject({ state: "ACTIVE", attempts: 0, lastError: null });
    }
  });

  it("looks at every head in rotation, whatever a glance says", async () => {
    const { id } = await settled("rotated");
    const name = "octo/rotated";
    const pushedAt = anHourAgo();
    const [second = ""] = await pipeline.gitHub.commit(name, [{ message: "unnoticed" }]);
    await pipeline.gitHub.setFlags(name, { pushedAt });
    await pipeline.database.primary.repository.update({
      where: { id },
      data: { lookedAt: new Date(Date.now() - HOUR_MS) },
    });
    await pipeline.settled(id, second);
  });

  it("looks at the head when somebody asks for it while a glance is under way, also when their task is lost", async () => {
    const { gitHub, database } = pipeline;
    const { id } = await settled("asked-meanwhile");
    const { pushedAt, nodeId } = await row(id);
    await gitHub.injectFault({
      when: { operationName: "Glance", includes: nodeId ?? "" },
      answer: { delayMs: 2_000 },
    });
    await eventually(async () => {
      const { claimedUntil } = (await readWork(database, "check", id)) ?? {};
      const leftMs = (claimedUntil?.getTime() ?? 0) - Date.now();
      // Claimed for longer than a glance takes that is not held back.
      expect(leftMs).toBeGreaterThan(0);
      expect(leftMs).toBeLessThan(LEASES.check.publishedMs - 700);
    });
    const [second = ""] = await gitHub.commit("octo/asked-meanwhile", [{ message: "unnoticed" }]);
    await gitHub.setFlags("octo/asked-meanwhile", { pushedAt: pushedAt?.toISOString() ?? null });
    const logger = pino({ level: "silent" });
    const queue = createInProcessQueue({ logger });
    await queue.close();
    const glances = await requestsOf("Glance");
    expect(await requestCheck({ database, queue, logger }, id)).toBe(true);
    await eventually(async () => expect(await requestsOf("Glance")).toBeGreaterThan(glances));
    await setWork(database, "check", id, { claimedUntil: null }); // its lease ends in a while
    await pipeline.settled(id, second);
  });

  it("asks about fewer at once when GitHub runs out of time, and loses nobody", async () => {
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, index) => settled(`slow${index}`)),
    );
    await pipeline.gitHub.injectFault({
      when: { operationName: "Glance" },
      answer: "timeout-502-json",
      times: 2,
    });
    const since = Date.now();
    await eventually(async () => {
      const asked = await glancesSince(since);
      const failed = asked.filter(({ status }) => status === 502);
      expect(failed).toHaveLength(2);
      const [most] = failed.toSorted((a, b) => b.ids.length - a.ids.length);
      const parts = asked.filter(
        ({ at, ids }) =>
          at > (most?.at ?? 0) &&
          ids.length < (most?.ids.length ?? 0) &&
          ids.every((id) => most?.ids.includes(id)),
      );
      expect(parts.length).toBeGreaterThan(0);
    });
    for (const { id } of all) {
      await eventually(async () => {
        const { lastCheckedAt, lastError } = await row(id);
        expect(lastCheckedAt?.getTime()).toBeGreaterThan(since);
        expect(lastError).toBeNull();
      });
    }
  });
});

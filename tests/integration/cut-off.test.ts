import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requestCheck } from "../../src/tracking/request-check.js";
import { eventually } from "../support/eventually.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { type Slow, slowDown } from "../support/slow-row.js";
import { readRepository, readWork, setWork } from "../support/work.js";

const logger = pino({ level: "silent" });
const LIMIT_MS = 800;
/** Longer than any may take, and not by much. */
const SLOW_MS = 1_100;

describe("what the database does not finish in time", () => {
  let pipeline: Pipeline;
  beforeEach(async () => {
    pipeline = await startPipeline({
      bounds: { minMs: 100, maxMs: 3_600_000 },
      limits: { statementMs: LIMIT_MS, transactionMs: LIMIT_MS },
    });
  });
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const dependencies = () => ({ database: pipeline.database, queue: pipeline.queue, logger });

  async function track(name: string) {
    const { id: nodeId } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const [head = ""] = await pipeline.gitHub.commit(`octo/${name}`, [{ message: "first" }]);
    const id = await pipeline.add(`octo/${name}`);
    await pipeline.settled(id, head);
    return { id, nodeId, url: `octo/${name}` };
  }
  const push = async ({ url }: { url: string }) =>
    (await pipeline.gitHub.commit(url, [{ message: "pushed" }])).at(-1) ?? "";
  const expectCutOff = async (task: string) => {
    const { values } = await pipeline.metrics.failures.get();
    const codes = values.filter(({ labels }) => labels.task === task);
    expect(codes.map(({ labels }) => labels.code)).toEqual(["DATABASE_UNAVAILABLE"]);
  };
  const isWell = (id: number) =>
    eventually(async () =>
      expect(await readRepository(pipeline.database, id)).toMatchObject({
        ...{ state: "ACTIVE", attempts: 0, lastError: null },
      }),
    );

  it("of a check backs off its repository alone, which is then given longer", async () => {
    const slow = await track("slow");
    const others = [await track("one"), await track("other")];
    await slowDown(pipeline.database, slow.id, "a change of its state", SLOW_MS);
    const heads = new Map<number, string>();
    for (const each of [slow, ...others]) heads.set(each.id, await push(each));
    const ids = [slow.id, ...others.map(({ id }) => id)];
    const claimedUntil = new Date(Date.now() + 60_000);
    for (const id of ids) {
      const asked = { dueAt: new Date(), claimedUntil, reason: "REQUESTED" } as const;
      await setWork(pipeline.database, "check", id, asked);
    }
    await pipeline.queue.publish("check", { repositoryIds: ids });
    for (const { id } of others) await pipeline.settled(id, heads.get(id) ?? "");
    await eventually(async () =>
      expect(await readRepository(pipeline.database, slow.id)).toMatchObject({
        observedOid: new Uint8Array(Buffer.from(heads.get(slow.id) ?? "", "hex")),
      }),
    );
    await slowDown(pipeline.database, slow.id, "a change of its state", 0);
    await pipeline.settled(slow.id, heads.get(slow.id) ?? "");
    for (const id of ids) await isWell(id);
    await expectCutOff("check");
  });

  it.each<[string, [Slow, number][]]>([
    ["of a page", [["each of its commits", SLOW_MS]]],
    [
      "of a page, of statements that are each in time,",
      [
        ["each of its commits", 0.6 * LIMIT_MS],
        ["a change of its state", 0.6 * LIMIT_MS],
      ],
    ],
  ])("%s backs off its repository, which is then given longer", async (_what, slowness) => {
    const slow = await track("slow");
    const head = await push(slow);
    await pipeline.gitHub.injectFault({
      when: { operationName: "History", includes: slow.nodeId },
      answer: { delayMs: 500 },
    });
    await requestCheck(dependencies(), slow.id);
    await eventually(async () =>
      expect(await readWork(pipeline.database, "pull", slow.id)).toMatchObject({ isHeld: true }),
    );
    for (const [what, ms] of slowness) await slowDown(pipeline.database, slow.id, what, ms);
    await pipeline.settled(slow.id, head);
    await isWell(slow.id);
    await expectCutOff("pull");
  });
});

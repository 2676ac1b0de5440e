import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WORK_KINDS } from "../../src/domain/work.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { requestVerification } from "../../src/store/work/verification-store.js";
import { pauseRepository, resumeRepository } from "../../src/tracking/pause-repository.js";
import { removeRepository } from "../../src/tracking/remove-repository.js";
import { requestCheck } from "../../src/tracking/request-check.js";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { makeDue, readRepository, readWork } from "../support/work.js";

const logger = pino({ level: "silent" });
const HOUR_MS = 3_600_000;
const HELD_BACK_MS = 2_500;
const ASKED_BY = { LookUp: "check", History: "backfill", CommitCount: "verify" } as const;

describe("a repository of which nothing is to be done any more", () => {
  let pipeline: Pipeline;
  /** Another one: once it has been checked, the scheduler has looked at all that is due. */
  let marker: number;
  beforeAll(async () => {
    pipeline = await startPipeline({
      bounds: { minMs: HOUR_MS, maxMs: HOUR_MS },
      ledger: (database) => createBudgetStore({ database, requestTimeoutMs: 10_000 }),
    });
    marker = (await track("marker")).id;
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const dependencies = () => ({ database: pipeline.database, queue: pipeline.queue, logger });

  async function create(name: string) {
    const { id: nodeId } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const oids = await pipeline.gitHub.commit(`octo/${name}`, mergyHistory(5));
    return { nodeId, url: `octo/${name}`, head: oids.at(-1) ?? "" };
  }
  async function track(name: string) {
    const { url, head, nodeId } = await create(name);
    const id = await pipeline.add(url);
    await pipeline.settled(id, head);
    return { id, url, nodeId, head };
  }

  /** A request to GitHub is under way, by the ledger, for longer than any takes that is not held back. */
  async function isAsking(): Promise<boolean> {
    const startedAt = { lt: new Date(Date.now() - HELD_BACK_MS / 3) };
    const where = { finishedAt: null, startedAt };
    return (await pipeline.database.primary.gitHubRequest.count({ where })) > 0;
  }

  /** The answer to an operation about it is held back, until what is done meanwhile is over. */
  async function whileAnswered(
    operationName: keyof typeof ASKED_BY,
    includes: string,
    begin: () => Promise<unknown>,
    meanwhile: () => Promise<unknown>,
  ): Promise<void> {
    /** Tasks that have asked for it, whatever came of them. */
    const settled = async () => {
      const { values } = await pipeline.metrics.tasks.get();
      const own = values.filter(({ labels }) => labels.kind === ASKED_BY[operationName]);
      return own.reduce((total, { value }) => total + value, 0);
    };
    const before = await settled();
    const when = { operationName, includes };
    await pipeline.gitHub.injectFault({ when, answer: { delayMs: HELD_BACK_MS } });
    await begin();
    await eventually(async () => expect(await isAsking()).toBe(true));
    await meanwhile();
    expect(await isAsking()).toBe(true); // else this has shown nothing
    await eventually(async () => expect(await settled()).toBeGreaterThan(before));
  }

  /** So far, by kind. */
  async function countClaims(): Promise<Map<unknown, number>> {
    const { values } = await pipeline.metrics.claims.get();
    return new Map(values.map(({ labels, value }) => [labels.kind, value]));
  }

  /** Not even after all leases have ended: its rows are gone, or nothing of it is due. */
  async function expectLetAlone(id: number): Promise<void> {
    const { primary } = pipeline.database;
    await primary.work.updateMany({ where: { subjectId: id }, data: { claimedUntil: null } });
    for (const kind of WORK_KINDS) {
      expect((await readWork(pipeline.database, kind, id))?.dueAt ?? null, kind).toBeNull();
    }
    const claims = await countClaims();
    await makeDue(pipeline.database, "check", marker);
    await eventually(async () => {
      const { nextCheckAt } = await readRepository(pipeline.database, marker);
      expect(nextCheckAt?.getTime()).toBeGreaterThan(Date.now());
    });
    claims.set("check", (claims.get("check") ?? 0) + 1); // the marker's
    expect(await countClaims()).toEqual(claims);
  }

  it.each(["removed", "paused"] as const)(
    "is never claimed again, %s while its check is under way",
    async (what) => {
      const { id, url, nodeId } = await track(`check-${what}`);
      await pipeline.gitHub.commit(url, [{ message: "pushed" }]);
      const end = what === "removed" ? removeRepository : pauseRepository;
      await whileAnswered(
        "LookUp",
        nodeId,
        () => requestCheck(dependencies(), id),
        () => end(dependencies(), id),
      );
      await expectLetAlone(id);
    },
  );

  it.each(["removed", "paused"] as const)(
    "is never claimed again, %s while its check waits in the queue",
    async (what) => {
      const { id } = await track(`queued-${what}`);
      const end = what === "removed" ? removeRepository : pauseRepository;
      await end(dependencies(), id);
      // As a scheduler leaves it that claimed it just before.
      const claimedUntil = new Date(Date.now() + 60_000);
      await makeDue(pipeline.database, "check", id, { claimedUntil });
      await pipeline.queue.publish("check", { repositoryIds: [id] });
      await eventually(async () =>
        expect((await readWork(pipeline.database, "check", id))?.dueAt ?? null).toBeNull(),
      );
      await expectLetAlone(id);
    },
  );

  it.each(["removed", "paused"] as const)(
    "is never claimed again, %s while a page of it is under way",
    async (what) => {
      const { nodeId, url } = await create(`page-${what}`);
      let id = 0;
      const end = what === "removed" ? removeRepository : pauseRepository;
      await whileAnswered(
        "History",
        nodeId,
        async () => {
          id = await pipeline.add(url);
        },
        () => end(dependencies(), id),
      );
      await expectLetAlone(id);
    },
  );

  it("is never claimed again, removed while it is being verified", async () => {
    const { id, nodeId } = await track("verified");
    await whileAnswered(
      "CommitCount",
      nodeId,
      () => pipeline.database.transaction((tx) => requestVerification(tx, id, { isDeep: false })),
      () => removeRepository(dependencies(), id),
    );
    await expectLetAlone(id);
  });

  it("is never claimed again, reset while it is paused, and is fetched whole once it is resumed", async () => {
    const { id, head } = await track("reset");
    await pauseRepository(dependencies(), id);
    const request = { repositoryId: id, from: new Date(0), dryRun: false };
    await resetCommits(dependencies(), request);
    expect(await readRepository(pipeline.database, id)).toMatchObject({
      ...{ state: "PAUSED", commitCount: 0, nextCheckAt: null },
    });
    await expectLetAlone(id);
    await resumeRepository(dependencies(), id);
    await pipeline.settled(id, head);
    expect(await readRepository(pipeline.database, id)).toMatchObject({ state: "ACTIVE" });
  });

  it("is never claimed again, paused while it was reset and its page is under way", async () => {
    const { id, nodeId, head } = await track("reset-and-paused");
    await whileAnswered(
      "History",
      nodeId,
      () => resetCommits(dependencies(), { repositoryId: id, from: new Date(0), dryRun: false }),
      () => pauseRepository(dependencies(), id),
    );
    await expectLetAlone(id);
    await resumeRepository(dependencies(), id);
    await pipeline.settled(id, head);
  });
});

import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkKind } from "../../src/domain/work.js";
import { requestVerification } from "../../src/store/work/verification-store.js";
import { addOwner } from "../../src/tracking/add-owner.js";
import { requestCheck } from "../../src/tracking/request-check.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { lockRows } from "../support/row-lock.js";
import { readRepository, readWork } from "../support/work.js";

const logger = pino({ level: "silent" });
const HOUR_MS = 3_600_000;
/** Far below any lease, and still for a machine that has much else to do. */
const SOON_MS = 10_000;

describe("work in hand whose connection to the database is lost", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    // Checks come only when they are asked for, and what is locked is waited for.
    const bounds = { minMs: HOUR_MS, maxMs: HOUR_MS };
    pipeline = await startPipeline({ bounds, limits: { lockMs: 20_000 } });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const dependencies = () => ({ database: pipeline.database, queue: pipeline.queue, logger });

  async function create(name: string, length: number) {
    const { id: nodeId } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const oids = await pipeline.gitHub.commit(`octo/${name}`, mergyHistory(length));
    return { nodeId, url: `octo/${name}`, head: oids.at(-1) ?? "" };
  }
  async function track(name: string) {
    const { nodeId, url, head } = await create(name, 5);
    const id = await pipeline.add(url);
    await pipeline.settled(id, head);
    await eventually(async () =>
      expect((await readRepository(pipeline.database, id)).lastCheckedAt).not.toBeNull(),
    );
    return { id, nodeId, url, head };
  }
  const delay = (operationName: string, includes: string) =>
    pipeline.gitHub.injectFault({ when: { operationName, includes }, answer: { delayMs: 1_500 } });

  /**
   * While GitHub's answer is on its way, `rows` are taken, so that what is done with it waits for them;
   * there it loses its connection, with all others.
   */
  async function loseConnection(kind: WorkKind, id: number, rows: string): Promise<Date> {
    await eventually(async () => {
      const work = await readWork(pipeline.database, kind, id);
      expect(work?.isHeld === true || kind === "check").toBe(true);
      expect(work?.claimedUntil?.getTime()).toBeGreaterThan(Date.now());
    });
    const lock = await lockRows(pipeline.url, rows);
    await lock.waitedFor(1);
    await lock.endOthers();
    const lostAt = new Date();
    await lock.release();
    return lostAt;
  }

  /** Not when its lease ends. */
  async function expectSoon(done: () => Promise<void>, lostAt: Date): Promise<void> {
    await eventually(done, 30_000);
    expect(Date.now() - lostAt.getTime()).toBeLessThan(SOON_MS);
  }

  it("of a first history is done again at once", async () => {
    const { nodeId, url, head } = await create("history", 5);
    await delay("History", nodeId);
    const id = await pipeline.add(url);
    const rows = `select from repository where id = ${id} for update`;
    const lostAt = await loseConnection("backfill", id, rows);
    await expectSoon(() => pipeline.settled(id, head, 0), lostAt);
    // It was no failure of the repository.
    expect(await readRepository(pipeline.database, id)).toMatchObject({
      ...{ attempts: 0, lastError: null },
    });
  });

  it("of a push is done again at once", async () => {
    const { id, nodeId, url } = await track("push");
    await delay("History", nodeId);
    const [head = ""] = await pipeline.gitHub.commit(url, [{ message: "pushed" }]);
    await requestCheck(dependencies(), id);
    const rows = `select from repository where id = ${id} for update`;
    const lostAt = await loseConnection("pull", id, rows);
    await expectSoon(() => pipeline.settled(id, head, 0), lostAt);
    expect(await readRepository(pipeline.database, id)).toMatchObject({ attempts: 0 });
  });

  it.each([
    ["that has found something", "repository", "id"],
    ["that has found nothing", "work", "subject_id"],
  ])("of a check %s is done again at once", async (what, table, key) => {
    const { id, nodeId, url, head } = await track(`check-${table}`);
    const pushed = { message: "pushed" };
    const newHead =
      table === "work" ? head : ((await pipeline.gitHub.commit(url, [pushed])).at(-1) ?? "");
    const before = (await readRepository(pipeline.database, id)).lastCheckedAt;
    await delay("LookUp", nodeId);
    await requestCheck(dependencies(), id);
    const rows = `select from ${table} where ${key} = ${id} for update`;
    const lostAt = await loseConnection("check", id, rows);
    await expectSoon(async () => {
      await pipeline.settled(id, newHead, 0);
      const { lastCheckedAt } = await readRepository(pipeline.database, id);
      expect(lastCheckedAt?.getTime(), what).toBeGreaterThan(before?.getTime() ?? 0);
    }, lostAt);
    expect(await readRepository(pipeline.database, id)).toMatchObject({ attempts: 0 });
  });

  it("of a verification is done again at once", async () => {
    const { id, nodeId } = await track("verified");
    await delay("CommitCount", nodeId);
    await pipeline.database.transaction((tx) => requestVerification(tx, id, { isDeep: false }));
    const rows = `select from verification where repository_id = ${id} for update`;
    const lostAt = await loseConnection("verify", id, rows);
    await expectSoon(async () => {
      const where = { repositoryId: id };
      const row = await pipeline.database.primary.verification.findUniqueOrThrow({ where });
      expect(row.finishedAt).not.toBeNull();
      expect(row.error).toBeNull();
    }, lostAt);
  });

  it("of an owner's listing is done again at once", async () => {
    await pipeline.gitHub.addRepository({ owner: "listed", name: "one" });
    await pipeline.gitHub.injectFault({
      when: { operationName: "OwnedRepositories" },
      answer: { delayMs: 1_500 },
    });
    const { signal } = new AbortController();
    const all = { includeForks: true, includeArchived: true, isDryRun: false, trackFrom: null };
    const { id } = await addOwner(dependencies(), { login: "listed", ...all, waitMs: 0, signal });
    const rows = `select from owner_listing where id = ${id} for update`;
    const lostAt = await loseConnection("listing", id, rows);
    await expectSoon(async () => {
      const row = await pipeline.database.primary.ownerListing.findUniqueOrThrow({ where: { id } });
      expect([row.finishedAt !== null, row.errorCode, row.addedCount]).toEqual([true, null, 1]);
    }, lostAt);
  });
});

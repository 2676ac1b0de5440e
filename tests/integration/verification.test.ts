import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCompleteness } from "../../src/store/repositories/completeness-reader.js";
import { readVerification, requestVerification } from "../../src/store/work/verification-store.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { makeDue, readRepository } from "../support/work.js";

describe("a verification", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  async function complete(id: number) {
    const [found] = await readCompleteness(pipeline.database, [id]);
    if (found === undefined) throw new Error("no such repository");
    return found;
  }

  const checked = (id: number) =>
    eventually(async () => {
      const found = await complete(id);
      expect(found.isChecking).toBe(false);
      expect(found.checkedAt).not.toBeNull();
      return found;
    });

  async function verify(id: number, isDeep: boolean) {
    await pipeline.database.transaction((tx) => requestVerification(tx, id, { isDeep }));
    return await checked(id);
  }

  /** A tracked history of `mainline` commits and its branches, all stored. */
  async function track(name: string, trackFrom?: Date, mainline = 150) {
    const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const oids = await pipeline.gitHub.commit(`octo/${name}`, mergyHistory(mainline));
    const id = await pipeline.add(`octo/${name}`, trackFrom);
    await pipeline.settled(id, oids.at(-1) ?? "");
    return { id, oids, all: await revList(gitDir, "main") };
  }

  async function stored(id: number) {
    const rows = await pipeline.database.primary.commit.findMany({
      where: { repositoryId: id, reachable: true },
      select: { oid: true },
    });
    return rows.map(({ oid }) => Buffer.from(oid).toString("hex")).sort();
  }

  const remove = (id: number, oid: string) =>
    pipeline.database.primary.commit.deleteMany({
      where: { repositoryId: id, oid: Buffer.from(oid, "hex") },
    });

  it("follows a first history by itself, and finds the count that GitHub gave with its second page", async () => {
    const before = (await pipeline.gitHub.countOperations()).CommitCount?.requests ?? 0;
    const { id, all } = await track("first");
    expect(await checked(id)).toMatchObject({
      complete: true,
      storedCount: all.length,
      githubCount: all.length,
      checkedOid: all[0],
      faultCount: 0,
    });
    const { CommitCount } = await pipeline.gitHub.countOperations();
    expect((CommitCount?.requests ?? 0) - before).toBe(0);
  });

  it("takes over the count that is known while the history is being fetched", async () => {
    const before = (await pipeline.gitHub.countOperations()).CommitCount?.requests ?? 0;
    await pipeline.gitHub.injectFault({
      when: { operationName: "History", nth: 3 },
      answer: { delayMs: 5_000 },
    });
    const tracking = track("counted", undefined, 250);
    const { repository } = pipeline.database.primary;
    const id = await eventually(
      async () => (await repository.findFirstOrThrow({ where: { name: "counted" } })).id,
    );
    const expectedCount = await eventually(async () => {
      const found = await complete(id);
      expect(found.expectedCount).not.toBeNull();
      return found.expectedCount;
    });
    const { all } = await tracking;
    expect(expectedCount).toBe(all.length);
    expect(await checked(id)).toMatchObject({
      ...{ complete: true, githubCount: all.length, checkedOid: all[0], expectedCount: null },
    });
    expect(
      await pipeline.database.primary.historyCount.count({ where: { repositoryId: id } }),
    ).toBe(0);
    const { CommitCount } = await pipeline.gitHub.countOperations();
    expect((CommitCount?.requests ?? 0) - before).toBe(0);
  });

  it("asks itself where GitHub could not count a history that was being fetched", async () => {
    const before = (await pipeline.gitHub.countOperations()).CommitCount?.requests ?? 0;
    await pipeline.gitHub.injectFault({
      when: { operationName: "History", nth: 2 },
      answer: "timeout-502-json",
    });
    const { id, all } = await track("uncounted");
    expect(await checked(id)).toMatchObject({ complete: true, githubCount: all.length });
    const { CommitCount } = await pipeline.gitHub.countOperations();
    expect((CommitCount?.requests ?? 0) - before).toBe(1);
  });

  it("asks itself where something was pushed before a first history was counted: its count is of another head", async () => {
    const { gitHub, database } = pipeline;
    const commitCounts = async () => (await gitHub.countOperations()).CommitCount?.requests ?? 0;
    const before = await commitCounts();
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "pushed-to" });
    const history = [...mergyHistory(150), { message: "of its own" }];
    const first = (await gitHub.commit("octo/pushed-to", history)).at(-1) ?? "";
    // A push in the same second would look like this one.
    await gitHub.setFlags("octo/pushed-to", { pushedAt: "2024-01-01T00:00:00Z" });
    const second = await gitHub.injectFault({
      when: { operationName: "History", includes: `${first} 99` },
      answer: "reset",
      times: "always",
    });
    const id = await pipeline.add("octo/pushed-to");
    await eventually(async () => expect((await complete(id)).storedCount).toBe(100));
    const [head = ""] = await gitHub.commit("octo/pushed-to", [{ message: "pushed meanwhile" }]);
    await eventually(async () => expect(await stored(id)).toContain(head));
    await gitHub.clearFaults(second);
    await pipeline.settled(id, head);
    const all = await revList(gitDir, "main");
    expect(await checked(id)).toMatchObject({
      ...{ complete: true, storedCount: all.length, githubCount: all.length, checkedOid: head },
    });
    expect((await commitCounts()) - before).toBe(1);
    expect(await database.primary.historyCount.count({ where: { repositoryId: id } })).toBe(0);
  });

  it("finds a commit that is gone from the table by the invariant alone, and has it fetched", async () => {
    const { id, oids, all } = await track("hole");
    await checked(id);
    await remove(id, oids[40] ?? "");
    expect(await verify(id, false)).toMatchObject({ faultCount: 1 });
    await eventually(async () => expect((await complete(id)).complete).toBe(true));
    expect(await stored(id)).toEqual([...all].sort());
  });

  it("puts right what is marked reachable or orphaned against git, and says so on the feed", async () => {
    const { id, oids, all } = await track("marks");
    await checked(id);
    const wrong = oids.slice(10, 13);
    await pipeline.database.primary.commit.updateMany({
      where: { repositoryId: id, oid: { in: wrong.map((oid) => Buffer.from(oid, "hex")) } },
      data: { reachable: false, orphanedAt: new Date() },
    });
    expect(await verify(id, false)).toMatchObject({ faultCount: 3, complete: true });
    expect(await stored(id)).toEqual([...all].sort());
    const event = await pipeline.database.primary.feedEvent.findFirstOrThrow({
      where: { repositoryId: id },
      orderBy: { sequence: "desc" },
    });
    const restored = event.restoredOids.map((oid) => Buffer.from(oid).toString("hex"));
    expect(restored.sort()).toEqual([...wrong].sort());
  });

  it("sees that a history is short when its own data knows of no gap, and a deep one repairs it", async () => {
    const { id, oids, all } = await track("cut");
    await checked(id);
    // A root that forgot its parent: closed in itself, but not git's.
    const [root = "", second = ""] = oids;
    await remove(id, root);
    const { primary } = pipeline.database;
    const oid = Buffer.from(second, "hex");
    await primary.commit.updateMany({ where: { repositoryId: id, oid }, data: { parents: [] } });
    await primary.$executeRaw`update repository set commit_count = commit_count - 1 where id = ${id}`;
    expect(await verify(id, false)).toMatchObject({
      complete: false,
      storedCount: all.length - 1,
      githubCount: all.length,
    });
    const deep = await verify(id, true);
    expect(deep).toMatchObject({ listedCount: all.length, missingCount: 1 });
    await eventually(async () => expect((await complete(id)).complete).toBe(true));
    expect(await stored(id)).toEqual([...all].sort());
  });

  it("takes for reachable only what the head of now leads to, when history is rewritten meanwhile", async () => {
    const { gitHub, database } = pipeline;
    const { gitDir, id: nodeId } = await gitHub.addRepository({ owner: "octo", name: "meanwhile" });
    const oids = await gitHub.commit("octo/meanwhile", [
      { message: "root" },
      { message: "kept" },
      { message: "another root", parents: [] },
      { message: "on the other root", parents: [":2"] },
      { message: "merge", parents: [":1", ":3"] },
    ]);
    const [, kept = "", missing = "", cut = "", merge = ""] = oids;
    const id = await pipeline.add("octo/meanwhile");
    await pipeline.settled(id, merge);
    await remove(id, missing);
    const oid = Buffer.from(cut, "hex");
    await database.primary.commit.updateMany({
      where: { repositoryId: id, oid },
      data: { parents: [] },
    });
    const when = { operationName: "History", includes: nodeId };
    await gitHub.injectFault({ when, answer: { delayMs: 1_500 } });
    await database.transaction((tx) => requestVerification(tx, id, { isDeep: true }));
    await eventually(async () =>
      expect(await readVerification(database.primary, id)).toMatchObject({ headOid: merge }),
    );
    await gitHub.forcePush("octo/meanwhile", "main", kept);
    await pipeline.settled(id, kept);

    expect(await checked(id)).toMatchObject({
      complete: true,
      checkedOid: kept,
      listedCount: 2,
      missingCount: 0,
    });
    expect(await stored(id)).toEqual((await revList(gitDir, "main")).sort());
    const row = await database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect([row.commitCount, row.orphanedCount]).toEqual([2, 2]);
  });

  it("puts right counters that are not what is stored", async () => {
    const { id, all } = await track("counters");
    await checked(id);
    await pipeline.database.primary.$executeRaw`
      update repository set commit_count = commit_count + 7, orphaned_count = 3 where id = ${id}`;
    expect((await complete(id)).complete).toBe(false);
    expect(await verify(id, false)).toMatchObject({ complete: true, storedCount: all.length });
    const row = await pipeline.database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect(row.orphanedCount).toBe(0);
  });

  it("lists a whole history again without finding anything where nothing is wrong", async () => {
    const { id, all } = await track("right");
    await checked(id);
    expect(await verify(id, true)).toMatchObject({
      complete: true,
      isDeep: true,
      listedCount: all.length,
      missingCount: 0,
      faultCount: 0,
    });
  });

  it("holds only what lies after the tracking start against GitHub", async () => {
    const { id } = await track("since", new Date(Date.UTC(2024, 0, 1, 10)));
    await checked(id);
    expect(await verify(id, true)).toMatchObject({
      complete: true,
      githubCount: null,
      missingCount: 0,
      faultCount: 0,
    });
  });

  it("waits while a first history waits for GitHub's budget, and answers once its walk fails", async () => {
    await using waiting = await startPipeline({ bounds: { minMs: 200, maxMs: 500 } });
    const { gitHub, database } = waiting;
    const create = async (name: string) => {
      const { id: nodeId } = await gitHub.addRepository({ owner: "octo", name });
      await gitHub.commit(`octo/${name}`, [{ message: "first" }]);
      return { nodeId, id: await waiting.add(`octo/${name}`) };
    };
    const settled = async () => {
      const { values } = await waiting.metrics.tasks.get();
      const done = values.find(
        ({ labels }) => labels.kind === "verify" && labels.outcome === "done",
      );
      return done?.value ?? 0;
    };
    const checks = async () => {
      const { Glance, LookUp } = await gitHub.countOperations();
      return (Glance?.requests ?? 0) + (LookUp?.requests ?? 0);
    };
    // What is left is kept for live work.
    await gitHub.setBudget("octocat", { limit: 5_000, remaining: 450 });
    const { id, nodeId } = await create("waiting");
    await eventually(async () =>
      expect(await readRepository(database, id)).toMatchObject({
        ...{
          state: "BACKFILLING",
          attempts: 0,
          lastError: expect.stringContaining("kept for live work"),
        },
      }),
    );
    await database.transaction((tx) => requestVerification(tx, id, { isDeep: false }));
    await eventually(async () => expect(await settled()).toBeGreaterThan(0));
    const verification = () =>
      database.primary.verification.findUniqueOrThrow({ where: { repositoryId: id } });
    expect(await verification()).toMatchObject({ finishedAt: null, error: null });

    await gitHub.injectFault({
      when: { operationName: "History", includes: nodeId },
      answer: "reset",
      times: "always",
    });
    await gitHub.setBudget("octocat", { limit: 6_000, remaining: 6_000 });
    const before = await checks();
    await create("another");
    await eventually(async () => expect(await checks()).toBeGreaterThan(before));
    await makeDue(database, "backfill", id);
    await eventually(async () => {
      const { finishedAt, error } = await verification();
      expect(finishedAt).not.toBeNull();
      expect(error).toMatch(/history is not complete/);
    });
    expect((await readRepository(database, id)).attempts).toBeGreaterThan(0);
  });

  it("says why it could not be carried through", async () => {
    const { id } = await track("refused");
    await checked(id);
    await pipeline.gitHub.setFlags("octo/refused", { isPrivate: true });
    const { primary } = pipeline.database;
    await eventually(async () => {
      const row = await primary.repository.findUniqueOrThrow({ where: { id } });
      expect(row.state).toBe("UNAVAILABLE");
    });
    expect((await verify(id, false)).error).toMatch(/UNAVAILABLE/);
  });
});

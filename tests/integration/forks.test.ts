import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storeKnown } from "../../src/ingest/store-page.js";
import { findCommit } from "../../src/store/commits/commit-reader.js";
import { insertRepositories } from "../../src/store/repositories/added-repositories.js";
import { requestCheck } from "../../src/tracking/request-check.js";
import { expectExact } from "../support/exact-history.js";
import { readFeed } from "../support/feed.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

it("a fork of what came by git has what is its own by one page, and the rest copied", async () => {
  await using pipeline = await startPipeline({ histories: {} });
  const { gitHub, database } = pipeline;
  for (const [owner, own] of [
    ["first", 0],
    ["second", 5],
  ] as const) {
    const { gitDir } = await gitHub.addRepository({ owner, name: "network" });
    const oids = await gitHub.commit(`${owner}/network`, mergyHistory(300));
    const more = Array.from({ length: own }, (_, index) => ({ message: `of ${owner} ${index}` }));
    const added = own === 0 ? [] : await gitHub.commit(`${owner}/network`, more);
    const head = [...oids, ...added].at(-1) ?? "";
    const id = await pipeline.add(`${owner}/network`);
    await pipeline.settled(id, head);
    await expectExact(database, { id, gitDir, head });
  }
  const { "git fetch": fetched, History, FirstParents } = await gitHub.countOperations();
  expect([fetched?.requests, History?.requests, FirstParents]).toEqual([1, 1, undefined]);
});

describe("a fork of what is tracked", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  async function pulls(): Promise<number> {
    const { History, FirstParents } = await pipeline.gitHub.countOperations();
    return (History?.requests ?? 0) + (FirstParents?.requests ?? 0);
  }

  async function storedOids(id: number): Promise<string[]> {
    const rows = await pipeline.database.primary.commit.findMany({ where: { repositoryId: id } });
    return rows.map(({ oid }) => Buffer.from(oid).toString("hex")).sort();
  }

  /** The same commits, and some of its own. */
  async function fork(owner: string, name: string, own: number) {
    const { gitHub } = pipeline;
    const { gitDir } = await gitHub.addRepository({ owner, name });
    const oids = await gitHub.commit(`${owner}/${name}`, mergyHistory(300));
    const more = Array.from({ length: own }, (_, index) => ({ message: `of ${owner} ${index}` }));
    const added = own === 0 ? [] : await gitHub.commit(`${owner}/${name}`, more);
    return { gitDir, head: [...oids, ...added].at(-1) ?? "" };
  }

  it("is stored exactly, without asking for what is stored already", async () => {
    const first = await fork("upstream", "network", 0);
    const upstream = await pipeline.add("upstream/network");
    await pipeline.settled(upstream, first.head);
    for (const [owner, own, requestsMax] of [
      ["unchanged", 0, 0],
      ["ahead", 5, 1],
    ] as const) {
      const { gitDir, head } = await fork(owner, "network", own);
      const before = await pulls();
      const id = await pipeline.add(`${owner}/network`);
      await pipeline.settled(id, head);
      expect((await pulls()) - before).toBeLessThanOrEqual(requestsMax);
      expect(await storedOids(id)).toEqual((await revList(gitDir, "main")).sort());
      const row = await pipeline.database.primary.repository.findUniqueOrThrow({ where: { id } });
      expect(row.frontier).toEqual([]);
      expect(row.commitCount).toBe((await revList(gitDir, "main")).length);
      const shared = await findCommit(pipeline.database, upstream, first.head);
      const copied = await findCommit(pipeline.database, id, first.head);
      expect(copied).toMatchObject({
        ...{ message: shared?.message, parents: shared?.parents, author: shared?.author },
        ...{ committer: shared?.committer, repositoryId: id },
      });
      // Every commit after a child of it, as a page of GitHub's is.
      const events = (await readFeed(pipeline.database)).filter(
        ({ repository }) => repository.id === id,
      );
      const order = events.flatMap(({ commits }) => commits);
      const seen = new Set([head]);
      for (const { oid, parents } of order) {
        expect(seen.has(oid)).toBe(true);
        for (const parent of parents) seen.add(parent);
      }
    }
  });

  it("is told as live what is pushed before all of the copy has come", async () => {
    const { gitHub, database } = pipeline;
    const first = await fork("upstream", "pushed", 0);
    const upstream = await pipeline.add("upstream/pushed");
    await pipeline.settled(upstream, first.head);
    const { gitDir, head } = await fork("downstream", "pushed", 0);
    const [pushed = ""] = await gitHub.commit("downstream/pushed", [{ message: "pushed" }]);
    const [before, after] = await Promise.all([revList(gitDir, head), revList(gitDir, pushed)]);
    const id = await database.transaction(async (tx) => {
      const wanted = [{ owner: "downstream", name: "pushed" }];
      const [row] = await insertRepositories(tx, wanted, { trackFrom: null });
      const repositoryId = row?.repository.id ?? 0;
      await tx.$executeRaw`
        update repository set observed_oid = decode(${head}, 'hex'), state = 'BACKFILLING',
               frontier = array[decode(${head}, 'hex')] where id = ${repositoryId}`;
      const task = { repositoryId, generation: 0, kind: "BACKFILL", by: "backfill" } as const;
      const scheduleOf = () => ({ delayMs: 0, checkRate: 1e-6, reason: "RATE" as const });
      await storeKnown(tx, { ...task, scheduleOf, limit: 100 });
      return repositoryId;
    });
    await requestCheck({ ...pipeline, logger: pino({ level: "silent" }) }, id);
    await pipeline.settled(id, pushed);
    expect(await storedOids(id)).toEqual(after.sort());
    const events = (await readFeed(database)).filter(({ repository }) => repository.id === id);
    const live = events.filter(({ kind }) => kind === "LIVE").flatMap(({ commits }) => commits);
    expect(live.map(({ oid }) => oid)).toContain(pushed);
    const copied = events.filter(({ kind }) => kind === "BACKFILL");
    expect(copied.flatMap(({ commits }) => commits).length).toBeGreaterThanOrEqual(100);
    expect(before).not.toContain(pushed);
    const row = await database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect([row.walkOid, row.walkAfter]).toEqual([null, null]);
  });

  it("is copied by no more at once than a transaction carries, however long its messages", async () => {
    const { gitHub, database } = pipeline;
    const actor = { name: "A", email: "a@example.org", date: "2024-05-01T10:00:00Z" };
    const long = Array.from({ length: 60 }, (_, at) => ({
      ...{ message: `${at} ${"x".repeat(100_000)}`, author: actor, committer: actor },
    }));
    const heads = [];
    for (const owner of ["upstream", "downstream"]) {
      const { gitDir } = await gitHub.addRepository({ owner, name: "long" });
      const oids = await gitHub.commit(`${owner}/long`, long);
      const head = oids.at(-1) ?? "";
      heads.push(head);
      const id = await pipeline.add(`${owner}/long`);
      await pipeline.settled(id, head);
      await expectExact(database, { id, gitDir, head });
      const [row] = await database.primary.$queryRaw<{ transactions: number }[]>`
        select count(distinct xmin::text)::int as transactions from commit where repository_id = ${id}`;
      if (owner === "downstream") expect(row?.transactions).toBe(2);
    }
    expect(heads[0]).toBe(heads[1]);
  });

  it("of another name is fetched like any other repository", async () => {
    const { gitDir, head } = await fork("renamed", "another", 0);
    const before = await pulls();
    const id = await pipeline.add("renamed/another");
    await pipeline.settled(id, head);
    expect((await pulls()) - before).toBeGreaterThan(0);
    expect(await storedOids(id)).toEqual((await revList(gitDir, "main")).sort());
  });
});

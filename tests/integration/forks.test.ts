import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCommit } from "../../src/store/commits/commit-reader.js";
import { readFeed } from "../support/feed.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

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

  it("of another name is fetched like any other repository", async () => {
    const { gitDir, head } = await fork("renamed", "another", 0);
    const before = await pulls();
    const id = await pipeline.add("renamed/another");
    await pipeline.settled(id, head);
    expect((await pulls()) - before).toBeGreaterThan(0);
    expect(await storedOids(id)).toEqual((await revList(gitDir, "main")).sort());
  });
});

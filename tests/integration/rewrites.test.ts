import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommitSpec } from "../../src/github-stand-in/git/git-write.js";
import { eventually } from "../support/eventually.js";
import { readFeed } from "../support/feed.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

const hex = (oid: Uint8Array) => Buffer.from(oid).toString("hex");
const chain = (name: string, length: number, parents: readonly string[]): CommitSpec[] =>
  Array.from({ length }, (_, index) => ({
    message: `${name} ${index}`,
    ...(index === 0 && { parents }),
  }));

describe("history is rewritten", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  async function track(name: string, commits: readonly CommitSpec[]) {
    const url = `octo/${name}`;
    const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const oids = await pipeline.gitHub.commit(url, commits);
    const id = await pipeline.add(url);
    const seen = oids.slice(-1);
    await expectExact(id, gitDir, seen);
    return { id, url, gitDir, oids, seen, head: seen[0] ?? "" };
  }

  /** Writes commits and moves the default branch to the last of them, whatever it was before. */
  async function rewriteTo(url: string, commits: readonly CommitSpec[]): Promise<string> {
    const [head = ""] = (await pipeline.gitHub.writeCommits(url, commits)).slice(-1);
    await pipeline.gitHub.forcePush(url, "main", head);
    return head;
  }

  async function stored(id: number, reachable: boolean): Promise<string[]> {
    const rows = await pipeline.database.primary.commit.findMany({
      where: { repositoryId: id, reachable },
    });
    return rows.map(({ oid }) => hex(oid)).sort();
  }

  /** What a subscriber who reads the feed from its start ends up with. */
  async function replayed(id: number) {
    const all = new Set<string>();
    const reachable = new Set<string>();
    let head: string | null = null;
    for (const event of await readFeed(pipeline.database)) {
      if (event.repository.id !== id) continue;
      for (const { oid } of event.commits) {
        expect(all.has(oid)).toBe(false);
        all.add(oid);
        reachable.add(oid);
      }
      for (const oid of event.orphanedOids) expect(reachable.delete(oid)).toBe(true);
      for (const oid of event.restoredOids) {
        expect(all.has(oid) && !reachable.has(oid)).toBe(true);
        reachable.add(oid);
      }
      head = event.headOid;
    }
    const orphaned = [...all].filter((oid) => !reachable.has(oid)).sort();
    return { reachable: [...reachable].sort(), orphaned, head };
  }

  /** Stored, counted and announced are what git says of the default branch and of each head seen. */
  async function expectExact(id: number, gitDir: string, seen: readonly string[]): Promise<void> {
    const history = await revList(gitDir, "HEAD");
    const [head = ""] = history;
    await pipeline.settled(id, head);
    const reachable = history.sort();
    const orphaned = (await revList(gitDir, ...seen, "^HEAD")).sort();
    expect(await stored(id, true)).toEqual(reachable);
    expect(await stored(id, false)).toEqual(orphaned);
    expect(await replayed(id)).toEqual({ reachable, orphaned, head });
    const row = await pipeline.database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect([row.commitCount, row.orphanedCount]).toEqual([reachable.length, orphaned.length]);
  }

  async function rewritesOf(id: number) {
    const rows = await pipeline.database.primary.historyRewrite.findMany({
      where: { repositoryId: id },
      orderBy: { id: "asc" },
    });
    return rows.map(({ beforeOid, afterOid, orphanedCount, restoredCount }) => ({
      before: hex(beforeOid),
      after: hex(afterOid),
      orphaned: orphanedCount,
      restored: restoredCount,
    }));
  }

  const defaultBranchIs = (id: number, name: string) =>
    eventually(async () => {
      const row = await pipeline.database.primary.repository.findUniqueOrThrow({ where: { id } });
      expect(row.defaultBranch).toBe(name);
    });

  it("by an amend: the commit before it is orphaned, each time", async () => {
    const { id, url, gitDir, oids, seen, head } = await track("amended", mergyHistory(30));
    const parents = oids.slice(-2, -1);
    const once = await rewriteTo(url, [{ message: "amended", parents }]);
    await expectExact(id, gitDir, [...seen, once]);
    const twice = await rewriteTo(url, [{ message: "amended again", parents }]);
    await expectExact(id, gitDir, [...seen, once, twice]);
    expect(await rewritesOf(id)).toEqual([
      { before: head, after: once, orphaned: 1, restored: 0 },
      { before: once, after: twice, orphaned: 1, restored: 0 },
    ]);
  });

  it("by an amend of its only commit: nothing of before stays reachable", async () => {
    const { id, url, gitDir, seen, head } = await track("amended-root", [{ message: "root" }]);
    const after = await rewriteTo(url, [{ message: "amended root", parents: [] }]);
    await expectExact(id, gitDir, [...seen, after]);
    expect(await rewritesOf(id)).toEqual([{ before: head, after, orphaned: 1, restored: 0 }]);
  });

  it("by an amend of a merge: the merged branch stays reachable", async () => {
    const { id, url, gitDir, oids, seen, head } = await track("amended-merge", [
      { message: "root" },
      { message: "trunk", parents: [":0"] },
      { message: "branch", parents: [":0"] },
      { message: "merge", parents: [":1", ":2"] },
    ]);
    const after = await rewriteTo(url, [{ message: "merged better", parents: oids.slice(1, 3) }]);
    await expectExact(id, gitDir, [...seen, after]);
    expect(await rewritesOf(id)).toEqual([{ before: head, after, orphaned: 1, restored: 0 }]);
  });

  it("not at all by renaming the default branch: no event, no rewrite, and pushes are found on", async () => {
    const { id, url, gitDir, seen, head } = await track("renamed-branch", mergyHistory(40));
    const events = await pipeline.database.primary.feedEvent.count({ where: { repositoryId: id } });
    await pipeline.gitHub.push(url, "trunk", head);
    await pipeline.gitHub.setDefaultBranch(url, "trunk");
    await pipeline.gitHub.deleteBranch(url, "main");
    await defaultBranchIs(id, "trunk");
    await expectExact(id, gitDir, seen);
    expect(await pipeline.database.primary.feedEvent.count({ where: { repositoryId: id } })).toBe(
      events,
    );
    await pipeline.gitHub.commit(url, [{ message: "on the renamed branch" }]);
    await expectExact(id, gitDir, seen);
    expect(await rewritesOf(id)).toEqual([]);
  });

  it("by a default branch of diverged history, longer than a page, and back again by the old one", async () => {
    const { id, url, gitDir, oids, seen, head } = await track("switched", mergyHistory(140));
    const next = chain("next", 130, oids.slice(-30, -29));
    const other = (await pipeline.gitHub.writeCommits(url, next)).at(-1) ?? "";
    await pipeline.gitHub.push(url, "next", other);
    await pipeline.gitHub.setDefaultBranch(url, "next");
    await expectExact(id, gitDir, [...seen, other]);
    await defaultBranchIs(id, "next");
    await pipeline.gitHub.setDefaultBranch(url, "main");
    await expectExact(id, gitDir, [...seen, other]);
    await defaultBranchIs(id, "main");

    const lost = (await revList(gitDir, head, `^${other}`)).length;
    expect(await rewritesOf(id)).toEqual([
      { before: head, after: other, orphaned: lost, restored: 0 },
      { before: other, after: head, orphaned: 130, restored: lost },
    ]);
  });

  it("not by a default branch that is ahead of the old one, but by one that is behind", async () => {
    const { id, url, gitDir, oids, seen, head } = await track("ahead", mergyHistory(40));
    const ahead = (await pipeline.gitHub.writeCommits(url, chain("ahead", 3, [head]))).at(-1) ?? "";
    await pipeline.gitHub.push(url, "ahead", ahead);
    await pipeline.gitHub.setDefaultBranch(url, "ahead");
    await expectExact(id, gitDir, seen);
    expect(await rewritesOf(id)).toEqual([]);

    const behind = oids.at(-4) ?? "";
    await pipeline.gitHub.push(url, "behind", behind);
    await pipeline.gitHub.setDefaultBranch(url, "behind");
    await expectExact(id, gitDir, [...seen, ahead]);
    const orphaned = (await revList(gitDir, ahead, `^${behind}`)).length;
    expect(await rewritesOf(id)).toEqual([{ before: ahead, after: behind, orphaned, restored: 0 }]);
  });

  it("by one that brings back what an earlier one orphaned: each counts all that it did, over however many pages", async () => {
    const trunk = chain("trunk", 10, []);
    const { id, url, gitDir, oids, seen, head } = await track("returned", trunk);
    const fork = oids.slice(4, 5);
    const second = await rewriteTo(url, chain("second", 7, fork));
    await expectExact(id, gitDir, [...seen, second]);
    const third = await rewriteTo(url, [
      ...chain("third", 150, fork),
      { message: "merge of the first", parents: [":149", head] },
    ]);
    await expectExact(id, gitDir, [...seen, second, third]);
    expect(await rewritesOf(id)).toEqual([
      { before: head, after: second, orphaned: 5, restored: 0 },
      { before: second, after: third, orphaned: 7, restored: 5 },
    ]);
  });
});

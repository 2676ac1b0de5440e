import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { readRepository } from "../support/work.js";

describe("ingestion", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  async function storedOids(id: number, reachable = true): Promise<string[]> {
    const rows = await pipeline.database.primary.commit.findMany({
      where: { repositoryId: id, reachable },
      select: { oid: true },
    });
    return rows.map(({ oid }) => Buffer.from(oid).toString("hex")).sort();
  }

  /** Requests for commits, in whatever form. */
  async function countPulls(): Promise<number> {
    const { History, FirstParents } = await pipeline.gitHub.countOperations();
    return (History?.requests ?? 0) + (FirstParents?.requests ?? 0);
  }

  const headOf = (oids: readonly string[]) => oids.at(-1) ?? "";

  it("stores the whole history with as many requests as it has pages, then only what is pushed", async () => {
    const { gitHub } = pipeline;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "whole" });
    const oids = await gitHub.commit("octo/whole", mergyHistory(300));
    const before = (await gitHub.countOperations()).History?.requests ?? 0;
    const id = await pipeline.add("octo/whole");
    await pipeline.settled(id, headOf(oids));
    const expected = (await revList(gitDir, "main")).sort();
    expect(await storedOids(id)).toEqual(expected);
    const backfilled = (await gitHub.countOperations()).History?.requests ?? 0;
    expect(backfilled - before).toBeLessThanOrEqual(Math.ceil(expected.length / 100));

    const pushed = await gitHub.commit("octo/whole", [{ message: "one" }, { message: "two" }]);
    await pipeline.settled(id, headOf(pushed));
    expect(await storedOids(id)).toEqual([...expected, ...pushed].sort());
    const pulled = (await gitHub.countOperations()).History?.requests ?? 0;
    expect(pulled - backfilled).toBe(1);
  });

  it("fetches a branch that forked years ago and kept merging the main line in 2⌈k/100⌉ + 1 requests", async () => {
    const { gitHub } = pipeline;
    const name = "octo/old-branch";
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "old-branch" });
    const main = await gitHub.commit(name, mergyHistory(400));
    const id = await pipeline.add(name);
    await pipeline.settled(id, headOf(main));
    const before = await countPulls();

    const minuteOf = (place: number) => Math.floor((place * 4_000) / main.length);
    const specs = Array.from({ length: 130 }, (_, step) => {
      const place = 10 + step * 3; // the branch lives as long as the main line does
      const previous = step === 0 ? (main[10] ?? "") : `:${step - 1}`;
      const merged = step % 5 === 4 ? [main[place] ?? ""] : [];
      const date = new Date(Date.UTC(2024, 0, 1) + minuteOf(place) * 60_000).toISOString();
      const author = { name: "Branch", email: "branch@example.org", date };
      return { message: `branch ${step}`, author, parents: [previous, ...merged] };
    });
    const date = new Date(Date.UTC(2024, 5, 1)).toISOString();
    const author = { name: "Merger", email: "merger@example.org", date };
    const merge = { message: "merge", author, parents: [headOf(main), ":129"] };
    const written = await gitHub.writeCommits(name, [...specs, merge]);
    await gitHub.push(name, "main", headOf(written));
    await pipeline.settled(id, headOf(written));
    expect(await storedOids(id)).toEqual((await revList(gitDir, "main")).sort());
    expect((await countPulls()) - before).toBeLessThanOrEqual(2 * Math.ceil(131 / 100) + 1);
  });

  it("follows a rename by the node id, and finds the repository by both names", async () => {
    const { gitHub, database } = pipeline;
    await gitHub.addRepository({ owner: "octo", name: "before" });
    const first = await gitHub.commit("octo/before", [{ message: "one" }]);
    const id = await pipeline.add("octo/before");
    await pipeline.settled(id, headOf(first));
    await gitHub.rename("octo/before", "After");
    await eventually(async () => {
      const row = await database.primary.repository.findUniqueOrThrow({ where: { id } });
      expect(row.name).toBe("After");
    });
    expect(await pipeline.add("OCTO/before")).toBe(id);
    expect(await pipeline.add("octo/after")).toBe(id);
  });

  it("knows a repository that is added under a former name as the one it has", async () => {
    const { gitHub, database } = pipeline;
    await gitHub.addRepository({ owner: "octo", name: "old-name" });
    const first = await gitHub.commit("octo/old-name", [{ message: "one" }]);
    await gitHub.rename("octo/old-name", "new-name");
    const id = await pipeline.add("octo/new-name");
    await pipeline.settled(id, headOf(first));
    await pipeline.add("octo/old-name");
    await eventually(async () => {
      const name = await database.primary.repositoryName.findUniqueOrThrow({
        where: { nameKey: "octo/old-name" },
      });
      expect(name.repositoryId).toBe(id);
    });
  });

  it("shows a repository that is gone as unavailable with a reason, keeps its commits, and takes it up again", async () => {
    const { gitHub, database } = pipeline;
    await gitHub.addRepository({ owner: "octo", name: "private" });
    const first = await gitHub.commit("octo/private", [{ message: "one" }]);
    const id = await pipeline.add("octo/private");
    await pipeline.settled(id, headOf(first));
    await gitHub.setFlags("octo/private", { isPrivate: true });
    const read = () => readRepository(database, id);
    await eventually(async () => expect((await read()).state).toBe("UNAVAILABLE"));
    expect((await read()).lastError).toMatch(/cannot see it/);
    expect(await storedOids(id)).toEqual(first);
    await gitHub.setFlags("octo/private", { isPrivate: false });
    const second = await gitHub.commit("octo/private", [{ message: "two" }]);
    await pipeline.settled(id, headOf(second));
    expect(await read()).toMatchObject({ state: "ACTIVE", lastError: null, attempts: 0 });
  });

  it("tells a repository made again under the name of a deleted one from that one", async () => {
    const { gitHub, database } = pipeline;
    await gitHub.addRepository({ owner: "octo", name: "phoenix" });
    const first = await gitHub.commit("octo/phoenix", [{ message: "old" }]);
    const id = await pipeline.add("octo/phoenix");
    await pipeline.settled(id, headOf(first));
    await gitHub.deleteRepository("octo/phoenix");
    await gitHub.addRepository({ owner: "octo", name: "phoenix" });
    const second = await gitHub.commit("octo/phoenix", [{ message: "new" }]);
    const successor = await eventually(async () => {
      const name = await database.primary.repositoryName.findUniqueOrThrow({
        where: { nameKey: "octo/phoenix" },
      });
      expect(name.repositoryId).not.toBe(id);
      return name.repositoryId;
    });
    await pipeline.settled(successor, headOf(second));
    expect(await storedOids(successor)).toEqual(second);
    expect(await storedOids(id)).toEqual(first);
    const old = await database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect(old.state).toBe("UNAVAILABLE");
    expect(await pipeline.add("octo/phoenix")).toBe(successor);
  });

  it("tracks another repository that has taken a former name, once it is added by that name", async () => {
    const { gitHub, database } = pipeline;
    await gitHub.addRepository({ owner: "octo", name: "moved-on" });
    const first = await gitHub.commit("octo/moved-on", [{ message: "first" }]);
    const id = await pipeline.add("octo/moved-on");
    await pipeline.settled(id, headOf(first));
    await gitHub.rename("octo/moved-on", "moved-away");
    await eventually(async () => {
      const row = await database.primary.repository.findUniqueOrThrow({ where: { id } });
      expect(row.name).toBe("moved-away");
    });
    await gitHub.addRepository({ owner: "octo", name: "moved-on" });
    const second = await gitHub.commit("octo/moved-on", [{ message: "second" }]);
    const other = await eventually(async () => {
      const found = await pipeline.add("octo/moved-on");
      expect(found).not.toBe(id);
      return found;
    });
    await pipeline.settled(other, headOf(second));
    expect(await storedOids(other)).toEqual(second);
    expect(await storedOids(id)).toEqual(first);
  });

  it("begins a history at its tracking start, with what is older as its boundary", async () => {
    const { gitHub, database } = pipeline;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "since" });
    const oids = await gitHub.commit("octo/since", mergyHistory(120));
    const since = new Date(Date.UTC(2024, 0, 1, 10));
    const id = await pipeline.add("octo/since", since);
    await pipeline.settled(id, headOf(oids));
    const stored = await storedOids(id);
    const rows = await database.primary.commit.findMany({ where: { repositoryId: id } });
    expect(rows.every(({ committedAt }) => committedAt >= since)).toBe(true);
    const boundary = await database.primary.passedCommit.findMany({
      where: { repositoryId: id, state: "BEYOND" },
    });
    const beyond = new Set(boundary.map(({ oid }) => Buffer.from(oid).toString("hex")));
    expect(beyond.size).toBeGreaterThan(0);
    for (const { parents } of rows) {
      for (const parent of parents) {
        const oid = Buffer.from(parent).toString("hex");
        expect(stored.includes(oid) || beyond.has(oid)).toBe(true);
      }
    }
    // Git's own answer: what the head reaches without passing through the boundary.
    const hidden = [...beyond].map((oid) => `^${oid}`);
    expect(stored).toEqual((await revList(gitDir, "main", ...hidden)).sort());
  });

  it("fills in what is older once its tracking start moves back, without what an orphaned commit led to", async () => {
    const { gitHub, database, queue } = pipeline;
    const name = "octo/moved-back";
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "moved-back" });
    const at = (year: number) => ({
      author: { name: "Ada", email: "ada@example.org", date: `${year}-06-01T00:00:00Z` },
    });
    const oids = await gitHub.commit(name, [
      { message: "root", ...at(2001) },
      { message: "old", ...at(2002) },
      { message: "older part of the side", parents: [":0"], ...at(2003) },
      { message: "side", ...at(2022) },
    ]);
    const since = new Date("2020-01-01T00:00:00Z");
    const id = await pipeline.add(name, since);
    await pipeline.settled(id, headOf(oids));
    const [rewritten = ""] = await gitHub.writeCommits(name, [
      { message: "instead", parents: [oids[1] ?? ""], ...at(2023) },
    ]);
    await gitHub.forcePush(name, "main", rewritten);
    await pipeline.settled(id, rewritten);
    // What was pushed later is dated before the start, and is not behind it.
    expect(await storedOids(id)).toEqual([rewritten, oids[1] ?? ""].sort());
    expect(await storedOids(id, false)).toEqual([headOf(oids)]);

    const moveBack = async (from: string) => {
      const logger = pino({ level: "silent" });
      const request = { repositoryId: id, from: new Date(from), dryRun: false };
      await resetCommits({ database, queue, logger }, request);
      await pipeline.settled(id, rewritten);
    };
    await moveBack("2002-01-01T00:00:00Z");
    expect(await storedOids(id)).toEqual([rewritten, oids[1] ?? ""].sort());
    await moveBack("2000-01-01T00:00:00Z");
    expect(await storedOids(id)).toEqual((await revList(gitDir, "main")).sort());
    const row = await database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect([row.commitCount, row.orphanedCount]).toEqual([3, 0]);
  });

  it.each([
    "timeout-502-json",
    "timeout-502-html",
    "timeout-504-json",
    "empty-200",
    "cut",
    "reset",
  ] as const)("gets over an answer that is %s, losing and repeating nothing", async (answer) => {
    const { gitHub } = pipeline;
    const name = `fault-${answer}`;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name });
    const oids = await gitHub.commit(`octo/${name}`, mergyHistory(150));
    const { id: nodeId } = await gitHub.describeRepository(`octo/${name}`);
    await gitHub.injectFault({
      when: { operationName: "History", includes: nodeId, nth: 2 },
      answer,
    });
    const id = await pipeline.add(`octo/${name}`);
    await pipeline.settled(id, headOf(oids));
    expect(await storedOids(id)).toEqual((await revList(gitDir, "main")).sort());
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.js";
import { readFeed } from "../support/feed.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { readRepository } from "../support/work.js";

describe("a rewritten history", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  async function stored(id: number, reachable: boolean): Promise<string[]> {
    const rows = await pipeline.database.primary.commit.findMany({
      where: { repositoryId: id, reachable },
      select: { oid: true },
    });
    return rows.map(({ oid }) => Buffer.from(oid).toString("hex")).sort();
  }

  /** What a subscriber who reads the feed from its start ends up with. */
  async function replayed(id: number) {
    const reachable = new Set<string>();
    const all = new Set<string>();
    let head: string | null = null;
    for (const event of await readFeed(pipeline.database)) {
      if (event.repository.id !== id) continue;
      for (const { oid } of event.commits) {
        expect(all.has(oid)).toBe(false);
        all.add(oid);
        reachable.add(oid);
      }
      for (const oid of event.orphanedOids) expect(reachable.delete(oid)).toBe(true);
      for (const oid of event.restoredOids) reachable.add(oid);
      head = event.headOid;
    }
    return {
      reachable: [...reachable].sort(),
      orphaned: [...all].filter((oid) => !reachable.has(oid)).sort(),
      head,
    };
  }

  /** Stored, orphaned and announced are what git says after each head that was ever seen. */
  async function expectExact(
    id: number,
    gitDir: string,
    everSeen: readonly string[],
  ): Promise<void> {
    const [head = ""] = await revList(gitDir, "main");
    await pipeline.settled(id, head);
    const reachable = (await revList(gitDir, "main")).sort();
    const seen = new Set((await Promise.all(everSeen.map((oid) => revList(gitDir, oid)))).flat());
    const orphaned = [...seen].filter((oid) => !reachable.includes(oid)).sort();
    expect(await stored(id, true)).toEqual(reachable);
    expect(await stored(id, false)).toEqual(orphaned);
    expect(await replayed(id)).toEqual({ reachable, orphaned, head });
    const row = await pipeline.database.primary.repository.findUniqueOrThrow({ where: { id } });
    expect([row.commitCount, row.orphanedCount]).toEqual([reachable.length, orphaned.length]);
  }

  async function rewritesOf(id: number) {
    const rewrites = await pipeline.database.primary.historyRewrite.findMany({
      where: { repositoryId: id },
      orderBy: { id: "asc" },
    });
    return rewrites.map(({ beforeOid, afterOid }) =>
      [beforeOid, afterOid].map((oid) => Buffer.from(oid).toString("hex")),
    );
  }

  it("keeps what it left behind as orphaned, names it on the feed, and takes it back when it returns", async () => {
    const { gitHub } = pipeline;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "rewritten" });
    const name = "octo/rewritten";
    const oids = await gitHub.commit(name, mergyHistory(130));
    const id = await pipeline.add(name);
    const first = oids.at(-1) ?? "";
    const seen = [first];
    await expectExact(id, gitDir, seen);

    // To a sibling: the last mainline commits replaced by others.
    const fork = oids.at(-10) ?? "";
    const [sibling = ""] = (
      await gitHub.writeCommits(name, [
        { message: "instead", parents: [fork] },
        { message: "and on" },
      ])
    ).slice(-1);
    await gitHub.forcePush(name, "main", sibling);
    seen.push(sibling);
    await expectExact(id, gitDir, seen);

    // To an ancestor, where nothing new has to be fetched.
    const rewound = oids.at(-30) ?? "";
    await gitHub.forcePush(name, "main", rewound);
    seen.push(rewound);
    await expectExact(id, gitDir, seen);

    // Back to where it began: nothing new, everything restored.
    await gitHub.forcePush(name, "main", first);
    await expectExact(id, gitDir, seen);

    // To an unrelated history, and a merge that brings the old one back into it.
    const [alien = ""] = await gitHub.writeCommits(name, [
      { message: "another root", parents: [] },
    ]);
    await gitHub.forcePush(name, "main", alien);
    seen.push(alien);
    await expectExact(id, gitDir, seen);
    const [joined = ""] = await gitHub.writeCommits(name, [
      { message: "join", parents: [alien, sibling] },
    ]);
    await gitHub.push(name, "main", joined);
    seen.push(joined);
    await expectExact(id, gitDir, seen);

    expect(await rewritesOf(id)).toEqual([
      [first, sibling],
      [sibling, rewound],
      [first, alien],
    ]);
  });

  it("under a backfill that is still going on ends complete and exact", async () => {
    const { gitHub } = pipeline;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "moving" });
    const name = "octo/moving";
    const oids = await gitHub.commit(name, mergyHistory(500));
    const { id: nodeId } = await gitHub.describeRepository(name);
    await gitHub.injectFault({
      when: { operationName: "History", includes: nodeId, nth: 3 },
      answer: "timeout-502-json",
    });
    const id = await pipeline.add(name);
    await eventually(async () => expect((await stored(id, true)).length).toBeGreaterThan(100));
    const [sibling = ""] = await gitHub.writeCommits(name, [
      { message: "instead", parents: [oids.at(-5) ?? ""] },
    ]);
    await gitHub.forcePush(name, "main", sibling);
    const first = oids.at(-1) ?? "";
    await expectExact(id, gitDir, [first, sibling]);
    expect(await rewritesOf(id)).toEqual([[first, sibling]]);
  });

  it("does not wait for what GitHub has thrown away of the history before", async () => {
    const { gitHub, database } = pipeline;
    const { gitDir, id: nodeId } = await gitHub.addRepository({ owner: "octo", name: "pruned" });
    const name = "octo/pruned";
    await gitHub.commit(name, mergyHistory(500));
    await gitHub.injectFault({
      when: { operationName: "History", includes: nodeId, nth: 3 },
      answer: "timeout-502-json",
    });
    const id = await pipeline.add(name);
    await eventually(async () => expect((await stored(id, true)).length).toBeGreaterThan(100));
    const [alien = ""] = await gitHub.writeCommits(name, [
      { message: "another root", parents: [] },
    ]);
    await gitHub.forcePush(name, "main", alien, { prune: true });
    await pipeline.settled(id, alien);
    expect(await stored(id, true)).toEqual(await revList(gitDir, "main"));
    const { reachable, orphaned } = await replayed(id);
    expect(reachable).toEqual([alien]);
    expect(orphaned).toEqual(await stored(id, false));
    const row = await readRepository(database, id);
    expect(row).toMatchObject({ state: "ACTIVE", lastError: null });

    // Somebody pushes it again from a clone of their own: what was missing is fetched then.
    const again = await gitHub.writeCommits(name, mergyHistory(500));
    await gitHub.forcePush(name, "main", again.at(-1) ?? "");
    await pipeline.settled(id, again.at(-1) ?? "");
    expect(await stored(id, true)).toEqual((await revList(gitDir, "main")).sort());
  });

  it("is walked again from its frontier when GitHub no longer takes the cursor", async () => {
    const { gitHub } = pipeline;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "cursor" });
    const oids = await gitHub.commit("octo/cursor", mergyHistory(250));
    const { id: nodeId } = await gitHub.describeRepository("octo/cursor");
    const message = "`x 99` does not appear to be a valid cursor.";
    const error = {
      type: "INVALID_CURSOR_ARGUMENTS",
      path: ["node", "object", "history"],
      message,
    };
    await gitHub.injectFault({
      when: { operationName: "History", includes: nodeId, nth: 2 },
      answer: { status: 200, body: { data: { node: { object: null } }, errors: [error] } },
    });
    const id = await pipeline.add("octo/cursor");
    await expectExact(id, gitDir, [oids.at(-1) ?? ""]);
  });
});

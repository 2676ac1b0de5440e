import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { START_BOUNDS } from "../../src/domain/passed.js";
import type { CommitSpec } from "../../src/github-stand-in/git/git-write.js";
import { readCompleteness } from "../../src/store/repositories/completeness-reader.js";
import { requestVerification } from "../../src/store/work/verification-store.js";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import { dated, days, morningOf, noonOf, storedCommits } from "../support/dated-history.js";
import { eventually } from "../support/eventually.js";
import { revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

describe("the tracking start is a place in history", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  const logger = pino({ level: "silent" });
  let made = 0;

  const stored = (id: number) => storedCommits(pipeline, id);

  /** Tracked from the beginning of that day on. */
  async function track(specs: readonly CommitSpec[], fromDay: number) {
    made += 1;
    const name = `octo/start${made}`;
    const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name: `start${made}` });
    const oids = await pipeline.gitHub.commit(name, specs);
    const id = await pipeline.add(name, morningOf(fromDay));
    await pipeline.settled(id, oids.at(-1) ?? "");
    /** Writes commits and moves the branch to the last of them. */
    const push = async (more: readonly CommitSpec[]) => {
      const pushed = await pipeline.gitHub.writeCommits(name, more);
      await pipeline.gitHub.forcePush(name, "main", pushed.at(-1) ?? "");
      oids.push(...pushed);
      await pipeline.settled(id, pushed.at(-1) ?? "");
      return pushed;
    };
    const verify = async () => {
      await pipeline.database.transaction((tx) => requestVerification(tx, id, { isDeep: true }));
      return await eventually(async () => {
        const [found] = await readCompleteness(pipeline.database, [id]);
        expect(found?.isChecking).toBe(false);
        return found;
      });
    };
    const git = async (...revisions: string[]) => (await revList(gitDir, ...revisions)).sort();
    return { id, name, git, oids, push, verify };
  }
  const SOUND = { complete: true, missingCount: 0, faultCount: 0, error: null };

  it("a commit pushed later with a date before it is stored, and nothing is orphaned", async () => {
    const { id, oids, push, git, verify } = await track([dated(1), dated(2), dated(3)], 2);
    const [first = "", ...rest] = oids;
    expect((await stored(id)).reachable).toEqual(rest.sort());
    const [odd = ""] = await push([dated(-5, [oids[2] ?? ""])]);
    await push([dated(5, [odd])]);
    expect(await stored(id)).toEqual({ reachable: await git("main", `^${first}`), orphaned: [] });
    expect(await pipeline.database.primary.historyRewrite.count()).toBe(0);
    expect(await verify()).toMatchObject(SOUND);
  });

  it("where all that there was is beyond it, what is pushed is not, whatever its date", async () => {
    const { id, oids, push, git, verify } = await track([dated(1), dated(2)], 100);
    const head = oids[1] ?? "";
    expect((await stored(id)).reachable).toEqual([]);
    const [, last = ""] = await push([dated(-2, [head]), dated(-9, [":0"])]);
    await push([dated(200, [last])]);
    expect(await stored(id)).toEqual({ reachable: await git("main", `^${head}`), orphaned: [] });
    expect(await verify()).toMatchObject(SOUND);
  });

  it.each([1, 100])(
    "%i commits in a row dated before it do not cut off a first history",
    async (odd) => {
      const old = days(1, 150);
      const skewed = Array.from({ length: odd }, (_, index) => dated(10 + (index % 50)));
      const all = await track([...old, ...days(201, 230), ...skewed, ...days(231, 240)], 200);
      const { id, oids, git, verify, name } = all;
      const expected = await git("main", `^${oids[149]}`);
      expect(expected).toHaveLength(30 + odd + 10);
      expect((await stored(id)).reachable).toEqual(expected);
      // Git's own list of what is dated later is among them.
      const later = await git("main", `--since-as-filter=${noonOf(199).toISOString()}`);
      expect(later).toHaveLength(40);
      expect(expected).toEqual(expect.arrayContaining(later));
      expect(await verify()).toMatchObject(SOUND);

      // Fetched again from then on it begins at the same place.
      const from = noonOf(215);
      await resetCommits({ ...pipeline, logger }, { repositoryId: id, from, dryRun: false });
      await pipeline.settled(id, oids.at(-1) ?? "");
      expect((await stored(id)).reachable).toEqual(expected);
      expect(name).toBeTruthy();
    },
  );

  it("it stops where more commits in a row are dated before it", async () => {
    const skewed = Array.from({ length: START_BOUNDS.slack + 1 }, (_, index) => dated(10 + index));
    const { id, oids, verify } = await track(
      [...days(201, 210), ...skewed, ...days(231, 240)],
      200,
    );
    expect((await stored(id)).reachable).toEqual(oids.slice(-10).sort());
    expect(await verify()).toMatchObject(SOUND);
  });

  it("branches that forked behind it and are merged later are stored, and not what they forked from", async () => {
    const { id, oids, push, git, verify } = await track(days(1, 400), 390);
    const beyond = oids[388] ?? "";
    // One near the start, one far behind, one of more than a page.
    for (const [fork, length] of [
      [380, 3],
      [20, 4],
      [50, 130],
    ] as const) {
      const side = Array.from({ length }, (_, index) =>
        dated(fork + 1, [index === 0 ? (oids[fork] ?? "") : `:${index - 1}`]),
      );
      await push([...side, dated(500, [oids.at(-1) ?? "", `:${length - 1}`])]);
      expect(await stored(id)).toEqual({
        reachable: await git("main", `^${beyond}`),
        orphaned: [],
      });
    }
    expect(await verify()).toMatchObject(SOUND);
  });

  it("rewritten with old dates all of it is stored again, and what was before is orphaned", async () => {
    const { id, oids, push, git } = await track(days(1, 300), 290);
    const beyond = oids[288] ?? "";
    const before = (await stored(id)).reachable;
    // As `rebase --committer-date-is-author-date` does.
    const again = Array.from({ length: 250 }, (_, index) =>
      dated(100 + (index % 50), [index === 0 ? beyond : `:${index - 1}`]),
    );
    await push(again);
    expect(await stored(id)).toEqual({
      reachable: await git("main", `^${beyond}`),
      orphaned: before,
    });
  });

  it("moved back it is found anew, with what had been pushed with an earlier date", async () => {
    const { id, oids, push, git } = await track(days(1, 300), 290);
    await push([dated(5, [oids.at(-1) ?? ""]), dated(301, [":0"])]);
    const from = noonOf(200);
    await resetCommits({ ...pipeline, logger }, { repositoryId: id, from, dryRun: false });
    await pipeline.settled(id, oids.at(-1) ?? "");
    expect((await stored(id)).reachable).toEqual(await git("main", `^${oids[198]}`));
  });

  it("set back behind it the head leads to nothing, and forward again to all that there was", async () => {
    const { id, oids, git } = await track(days(1, 400), 390);
    const [head = "", name] = [oids.at(-1), `octo/start${made}`];
    for (const behind of [385, 100, 380]) {
      await pipeline.gitHub.forcePush(name, "main", oids[behind] ?? "");
      await pipeline.settled(id, oids[behind] ?? "");
      expect((await stored(id)).reachable).toEqual([]);
    }
    await pipeline.gitHub.forcePush(name, "main", head);
    await pipeline.settled(id, head);
    expect(await stored(id)).toEqual({
      reachable: await git("main", `^${oids[388]}`),
      orphaned: [],
    });
  });

  it("what was undecided is forgotten with a history that GitHub has thrown away", async () => {
    const { id, name, oids, git } = await track(days(1, 300), 290);
    const { gitHub, database } = pipeline;
    const head = oids.at(-1) ?? "";
    const { id: nodeId } = await gitHub.describeRepository(name);
    const undecided = () =>
      database.primary.passedCommit.count({
        where: { repositoryId: id, state: { not: "BEYOND" } },
      });
    // A page of it has come in, and the next does not.
    const fault = await gitHub.injectFault({
      when: { operationName: "FirstParents", includes: nodeId },
      answer: "timeout-502-json",
      times: "always",
    });
    const odd = Array.from({ length: 250 }, (_, index) =>
      dated(10, [index === 0 ? (oids[0] ?? "") : `:${index - 1}`]),
    );
    const pushed = await gitHub.writeCommits(name, odd);
    const late = await gitHub.injectFault({
      when: { operationName: "History", includes: nodeId, nth: 2 },
      answer: "timeout-502-json",
      times: "always",
    });
    await gitHub.forcePush(name, "main", pushed.at(-1) ?? "");
    await eventually(async () => expect(await undecided()).toBeGreaterThan(50));
    await gitHub.forcePush(name, "main", head, { prune: true });
    await gitHub.clearFaults(fault);
    await gitHub.clearFaults(late);
    await pipeline.settled(id, head);
    expect(await stored(id)).toEqual({
      reachable: await git(head, `^${oids[288]}`),
      orphaned: [],
    });
    expect(await undecided()).toBe(0);
    expect((await database.primary.repository.findUniqueOrThrow({ where: { id } })).state).toBe(
      "ACTIVE",
    );
  }, 40_000);
});

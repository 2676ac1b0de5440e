import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CommitSpec } from "../../src/github-stand-in/git/git-write.js";
import { storePage } from "../../src/ingest/store-page.js";
import { readCompleteness } from "../../src/store/repositories/completeness-reader.js";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import {
  dated,
  days,
  hideCommits,
  morningOf,
  noonOf,
  retryUntold,
  storedCommits,
  untoldAre,
} from "../support/dated-history.js";
import { eventually } from "../support/eventually.js";
import { revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";
import { makeDue, readWork } from "../support/work.js";

/** Requests about a commit that is not told: on a page, by itself, and without accounts; and what lies around. */
const REQUESTS_MAX = 12;

describe("what GitHub does not tell, what is rewritten, and where a history begins", () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await startPipeline();
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());
  afterEach(() => pipeline.gitHub.clearFaults());

  const logger = pino({ level: "silent" });
  let made = 0;

  async function make(specs: readonly CommitSpec[]) {
    made += 1;
    const name = `octo/beside${made}`;
    const { gitDir } = await pipeline.gitHub.addRepository({
      owner: "octo",
      name: `beside${made}`,
    });
    const oids = await pipeline.gitHub.commit(name, specs);
    const write = (more: readonly CommitSpec[]) => pipeline.gitHub.writeCommits(name, more);
    const move = (oid = "") => pipeline.gitHub.forcePush(name, "main", oid);
    return { name, gitDir, oids, write, move };
  }
  const headIs = (id: number, oid = "") =>
    eventually(async () => {
      const row = await pipeline.database.primary.repository.findUniqueOrThrow({ where: { id } });
      expect(row.headOid && Buffer.from(row.headOid).toString("hex")).toBe(oid);
    }, 20_000);
  const stored = (id: number) => storedCommits(pipeline, id);
  const pagesAsked = async () => (await pipeline.gitHub.listRequests("FirstParents")).length;

  it("a push on top of one that is not told orphans nothing", async () => {
    const { name, oids, write, move } = await make(days(1, 15));
    const id = await pipeline.add(name);
    await pipeline.settled(id, oids[14] ?? "");
    const [untold = "", top = ""] = await write([dated(16, [oids[14] ?? ""]), dated(17, [":0"])]);
    await hideCommits(pipeline, [untold]);
    await move(top);
    await untoldAre(pipeline, id, [untold]);
    expect(await stored(id)).toEqual({ reachable: [...oids, top].sort(), orphaned: [] });
  }, 30_000);

  it("one that is not told and was rewritten away is missed no more, and restores nothing when told", async () => {
    const { name, oids, gitDir, move } = await make(days(1, 30));
    const fault = await hideCommits(pipeline, [oids[14] ?? ""]);
    const id = await pipeline.add(name);
    await untoldAre(pipeline, id, [oids[14] ?? ""]);
    await move(oids[5]);
    await headIs(id, oids[5]);
    expect((await stored(id)).reachable).toEqual(oids.slice(0, 6).sort());
    const [found] = await readCompleteness(pipeline.database, [id]);
    expect(found).toMatchObject({ complete: true, untoldOids: [] });
    await pipeline.gitHub.clearFaults(fault);
    await retryUntold(pipeline, id);
    for (let checks = 0; checks < 2; checks += 1) {
      const since = Date.now();
      await eventually(async () => {
        const check = await readWork(pipeline.database, "check", id);
        expect(check?.doneAt?.getTime()).toBeGreaterThan(since);
      });
    }
    expect((await stored(id)).reachable).toEqual((await revList(gitDir, "main")).sort());
  }, 30_000);

  it("with the head beyond the start, a reset ends", async () => {
    const { name, oids, move } = await make(days(1, 400));
    const id = await pipeline.add(name, morningOf(390));
    await pipeline.settled(id, oids.at(-1) ?? "");
    await move(oids[385]);
    await pipeline.settled(id, oids[385] ?? "");
    const from = morningOf(395);
    await resetCommits({ ...pipeline, logger }, { repositoryId: id, from, dryRun: false });
    await pipeline.settled(id, oids[385] ?? "");
    expect((await stored(id)).reachable).toEqual([]);
  }, 30_000);

  it("one behind the start that is not told is asked for a few times, and waited for no more", async () => {
    const { name, oids } = await make(days(1, 30));
    await hideCommits(pipeline, [oids[14] ?? ""]);
    const before = await pagesAsked();
    const id = await pipeline.add(name, morningOf(20));
    await headIs(id, oids[29]);
    expect((await stored(id)).reachable).toEqual(oids.slice(19).sort());
    expect((await pagesAsked()) - before).toBeLessThanOrEqual(REQUESTS_MAX);
  }, 30_000);

  it("one that stored and passed commits lead to is named", async () => {
    const { name, oids } = await make([
      ...days(11, 20),
      ...[dated(5, [":9"]), dated(21, [":10", ":9"]), dated(22, [":11"])],
    ]);
    await hideCommits(pipeline, [oids[9] ?? ""]);
    const id = await pipeline.add(name, morningOf(10));
    await untoldAre(pipeline, id, [oids[9] ?? ""]);
    // The passed one leads to nothing that is known.
    const known = oids.filter((oid) => oid !== oids[9] && oid !== oids[10]);
    expect((await stored(id)).reachable).toEqual(known.sort());
  }, 30_000);

  it("the first after the start, told late, brings nothing that is beyond", async () => {
    const { name, oids, gitDir } = await make(days(1, 30));
    const fault = await hideCommits(pipeline, [oids[19] ?? ""]);
    const id = await pipeline.add(name, morningOf(20));
    await untoldAre(pipeline, id, [oids[19] ?? ""]);
    await pipeline.gitHub.clearFaults(fault);
    await retryUntold(pipeline, id);
    await pipeline.settled(id, oids[29] ?? "");
    const expected = await revList(gitDir, "main", `^${oids[18]}`);
    expect((await stored(id)).reachable).toEqual(expected.sort());
  }, 30_000);

  it("an odd date behind one that is not told hides nothing that is dated later", async () => {
    const { name, oids } = await make([...days(11, 20), dated(5), ...days(21, 25)]);
    await hideCommits(pipeline, [oids[11] ?? ""]);
    const id = await pipeline.add(name, morningOf(11));
    await untoldAre(pipeline, id, [oids[11] ?? ""]);
    expect((await stored(id)).reachable).toEqual(oids.filter((oid) => oid !== oids[11]).sort());
  }, 30_000);

  it("pushed with old dates on top of one that is not told, the head moves, and nothing is orphaned", async () => {
    const { name, oids, write, move } = await make(days(1, 30));
    const id = await pipeline.add(name, morningOf(20));
    await pipeline.settled(id, oids.at(-1) ?? "");
    const pushed = await write([dated(31, [oids[29] ?? ""]), dated(5, [":0"]), dated(32, [":1"])]);
    await hideCommits(pipeline, [pushed[0] ?? ""]);
    await move(pushed[2]);
    await headIs(id, pushed[2]);
    expect((await stored(id)).orphaned).toEqual([]);
    // And it goes on.
    const [next = ""] = await write([dated(33, [pushed[2] ?? ""])]);
    await move(next);
    await headIs(id, next);
  }, 30_000);

  it("a rewrite of many old dates comes in where all that is beyond is known", async () => {
    const { name, oids, write, move } = await make(days(1, 50));
    const id = await pipeline.add(name, morningOf(40));
    await pipeline.settled(id, oids.at(-1) ?? "");
    const again = Array.from({ length: 450 }, (_, index) => ({
      ...dated(10 + (index % 20), [index === 0 ? (oids[38] ?? "") : `:${index - 1}`]),
      message: `rewritten ${index}`,
    }));
    const pushed = await write(again);
    await move(pushed.at(-1));
    await pipeline.settled(id, pushed.at(-1) ?? "", 45_000);
    expect((await stored(id)).reachable).toEqual([...pushed].sort());
    const { values } = await pipeline.metrics.failures.get();
    expect(values.filter(({ labels }) => labels.code === "GITHUB_BAD_QUERY")).toEqual([]);
  }, 60_000);

  it("a page of a head that was set back meanwhile stores nothing beside one that is not told", async () => {
    const { name, oids, write } = await make(days(1, 30));
    await hideCommits(pipeline, [oids[14] ?? ""]);
    const id = await pipeline.add(name);
    await untoldAre(pipeline, id, [oids[14] ?? ""]);
    const [ghost = ""] = await write([dated(31, [oids[29] ?? ""])]);
    const { database } = pipeline;
    const { generation } = await database.primary.repository.findUniqueOrThrow({ where: { id } });
    const person = { name: "Ada", email: "ada@example.org", login: null, avatarUrl: null };
    const commit = {
      ...{ oid: ghost, parents: [oids[29] ?? ""], message: "ghost" },
      ...{ author: person, committer: person, authoredAt: noonOf(31), committedAt: noonOf(31) },
    };
    await database.transaction((tx) =>
      storePage(tx, {
        ...{ repositoryId: id, generation, kind: "LIVE", by: "pull" },
        scheduleOf: () => ({ delayMs: 60_000, checkRate: 1, reason: "RATE" }),
        step: { kind: "history", oid: ghost, after: null },
        page: { commits: [commit], odd: [], endCursor: null, hasNextPage: false, totalCount: null },
      }),
    );
    expect((await stored(id)).reachable).not.toContain(ghost);
  }, 30_000);

  it("what is beyond stays so when an undecided branch is merged at two places", async () => {
    const { name, oids, gitDir, write, move } = await make(days(1, 400));
    const id = await pipeline.add(name, morningOf(390));
    await pipeline.settled(id, oids.at(-1) ?? "");
    const fault = await pipeline.gitHub.injectFault({
      when: { operationName: "CommitCount" },
      answer: { status: 500 },
      times: "always",
    });
    const side = Array.from({ length: 5 }, (_, index) =>
      dated(200, [index === 0 ? (oids[295] ?? "") : `:${index - 1}`]),
    );
    const first = await write([...side, dated(500, [oids.at(-1) ?? "", ":4"])]);
    await move(first[5]);
    await eventually(async () =>
      expect(
        await pipeline.database.primary.passedCommit.count({
          where: { repositoryId: id, state: "UNDECIDED", isSeen: true },
        }),
      ).toBe(5),
    );
    const [second = ""] = await write([dated(501, [first[5] ?? "", first[0] ?? ""])]);
    await move(second);
    await makeDue(pipeline.database, "check", id);
    await eventually(async () => expect((await stored(id)).reachable).toContain(second));
    await pipeline.gitHub.clearFaults(fault);
    await pipeline.settled(id, second, 30_000);
    const expected = await revList(gitDir, "main", `^${oids[388]}`);
    expect((await stored(id)).reachable).toEqual(expected.sort());
  }, 60_000);

  it("a reset beside one that is not told orphans nothing", async () => {
    const { name, oids } = await make(days(1, 30));
    await hideCommits(pipeline, [oids[14] ?? ""]);
    const id = await pipeline.add(name);
    await untoldAre(pipeline, id, [oids[14] ?? ""]);
    const from = morningOf(20);
    await resetCommits({ ...pipeline, logger }, { repositoryId: id, from, dryRun: false });
    await headIs(id, oids[29]);
    expect(await stored(id)).toEqual({
      reachable: oids.filter((oid) => oid !== oids[14]).sort(),
      orphaned: [],
    });
  }, 30_000);
});

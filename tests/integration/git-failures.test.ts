import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gitFailure } from "../../src/git/git-failure.js";
import type { GitHistories } from "../../src/git/git-histories.js";
import type { FaultAnswer } from "../../src/github-stand-in/http/fault.js";
import { eventually } from "../support/eventually.js";
import { expectExact } from "../support/exact-history.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

const FETCH = "git fetch";

/** By people of its own, so that there is always somebody to ask about. */
const row = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => ({
    message: `${name} ${index}`,
    author: {
      name: `Author ${index}`,
      email: `${name}-${index % 40}@example.org`,
      date: new Date(Date.UTC(2020, 0, 1) + index * 60_000).toISOString(),
    },
  }));

/** What GitHub, the way there and this machine may do to a transfer. */
const FAULTS: Record<string, FaultAnswer> = {
  "no answer": "hang",
  "a connection that is reset": "reset",
  "half of an answer": "cut",
  "half of an answer, and then silence": "stall",
  "a server without filters": { pack: "no-filters" },
  "a server that passes over the filter": { pack: "ignored-filter" },
  "a pack that ends in its middle": { pack: "short-pack" },
  "a truncated answer": { pack: "truncated" },
  "a wrong bit": { pack: "wrong-bit" },
  "a wrong count": { pack: "wrong-count" },
  "a wrong hash": { pack: "wrong-hash" },
  "a wrong band": { pack: "wrong-band" },
  garbage: { pack: "garbage" },
  "a fatal error": { pack: "fatal" },
  "a page for people": { pack: "web-page" },
  "a redirect elsewhere": {
    ...{ status: 302, headers: { location: "http://127.0.0.1:9/x.git/git-upload-pack" } },
  },
  ...Object.fromEntries(
    [401, 403, 404, 500, 502, 503].map((status) => [`HTTP ${status}`, { status, body: "no" }]),
  ),
};

describe("a transfer that fails", () => {
  let pipeline: Pipeline;
  let change: (git: GitHistories) => GitHistories = (git) => git;
  beforeAll(async () => {
    pipeline = await startPipeline({
      histories: {
        git: (git) => ({ ...git, open: (...args) => change(git).open(...args) }),
        limits: { silenceMsMax: 500 },
        pageSize: { commits: 100, bytes: 1_000_000 },
      },
    });
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  /** Tracks a history, with pushes to it from then on until it is complete, and a few more. */
  async function trackWhilePushing(name: string, count = 700) {
    const { gitHub, database } = pipeline;
    const url = `octo/${name}`;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name });
    const oids = await gitHub.commit(url, row(count, name));
    const id = await pipeline.add(url);
    let head = oids.at(-1) ?? "";
    for (let pushed = 0; pushed < 5; pushed += 1) {
      [head = ""] = await gitHub.commit(url, [{ message: `pushed ${pushed}` }]);
      await delay(20);
    }
    await pipeline.settled(id, head, 30_000);
    await expectExact(database, { id, gitDir, head });
    return { id, url, gitDir, head };
  }
  const warnings = (id: number) => pipeline.log.filter(({ repositoryId }) => repositoryId === id);
  const transferOf = (repositoryId: number) =>
    pipeline.database.primary.historyTransfer.findUnique({ where: { repositoryId } });

  it.each(Object.entries(FAULTS))(
    "for %s loses nothing: the API goes on, and the repository is left alone for an hour",
    async (what, answer) => {
      const name = what.toLowerCase().replaceAll(/[^a-z\d]+/g, "-");
      const when = { operationName: FETCH, includes: `octo/${name}` };
      await pipeline.gitHub.injectFault({ when, answer, times: "always" });
      const { id } = await trackWhilePushing(name);
      expect(warnings(id)).toMatchObject([{ reason: expect.any(String) }]);
      const transfer = await transferOf(id);
      expect(transfer?.heldUntil).toBeNull();
      expect(transfer?.awayUntil?.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
    },
  );

  it.each([0, 1, 3, 6])("after %i of its pages loses nothing either", async (pages) => {
    change = (git) => ({
      ...git,
      open: async (...args) => {
        const history = await git.open(...args);
        return {
          ...history,
          async *pages(size) {
            let left = pages;
            for await (const page of history.pages(size)) {
              if (left === 0) throw gitFailure("broken", "git was killed");
              left -= 1;
              yield page;
            }
          },
        };
      },
    });
    try {
      const { id } = await trackWhilePushing(`after-${pages}`);
      expect(warnings(id)).toMatchObject([{ reason: "broken" }]);
    } finally {
      change = (git) => git;
    }
  });

  it("is the only one: others come by git as before", async () => {
    const before = (await pipeline.gitHub.countOperations())[FETCH]?.requests ?? 0;
    const { id } = await trackWhilePushing("another");
    expect(warnings(id)).toEqual([]);
    expect((await pipeline.gitHub.countOperations())[FETCH]?.requests).toBe(before + 1);
  });

  it.each([
    { status: 429, headers: { "retry-after": "3600" } },
    { status: 403, headers: { "retry-after": "3600" } },
    { status: 503, headers: { "retry-after": "3600" } },
  ])("as GitHub says to wait ($status) has nobody ask before that", async (limit) => {
    const { gitHub, database } = pipeline;
    await gitHub.injectFault({
      when: { operationName: FETCH },
      answer: { ...limit, body: "Too many" },
    });
    try {
      const { id } = await trackWhilePushing(`limited-${limit.status}`);
      expect(warnings(id)).toMatchObject([{ reason: "rate-limited" }]);
      expect(await transferOf(id)).toBeNull();
      const turn = await database.primary.transferTurn.findFirstOrThrow();
      expect(turn.pausedUntil?.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
      const before = (await gitHub.countOperations())[FETCH]?.requests;
      await trackWhilePushing(`limited-${limit.status}-too`, 150);
      expect((await gitHub.countOperations())[FETCH]?.requests).toBe(before);
    } finally {
      await database.primary.transferTurn.updateMany({ data: { pausedUntil: null } });
    }
  });

  it("is handed over before its broker takes it back: whoever goes on begins where it was", async () => {
    await using brief = await startPipeline({
      histories: { taskMsMax: 0, pageSize: { commits: 100, bytes: 1_000_000 } },
    });
    const { gitDir } = await brief.gitHub.addRepository({ owner: "octo", name: "brief" });
    const oids = await brief.gitHub.commit("octo/brief", row(2_600, "brief"));
    const id = await brief.add("octo/brief");
    const head = oids.at(-1) ?? "";
    await brief.settled(id, head, 30_000);
    await expectExact(brief.database, { id, gitDir, head });
    expect((await brief.gitHub.countOperations())[FETCH]?.requests).toBeGreaterThan(1);
    expect(brief.log).toEqual([]);
  });

  it("does not delay what is pushed, however slow it is", async () => {
    const { gitHub, database } = pipeline;
    const url = "octo/slow";
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "slow" });
    await gitHub.commit(url, row(700, "slow"));
    await gitHub.addRepository({ owner: "octo", name: "live" });
    const [old = ""] = await gitHub.commit("octo/live", [{ message: "before" }]);
    const liveId = await pipeline.add("octo/live");
    await pipeline.settled(liveId, old);
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    change = (git) => ({
      ...git,
      open: async (...args) => {
        const history = await git.open(...args);
        return {
          ...history,
          async *pages(size) {
            let isFirst = true;
            for await (const page of history.pages(size)) {
              yield page;
              if (isFirst) await gate;
              isFirst = false;
            }
          },
        };
      },
    });
    try {
      const id = await pipeline.add(url);
      // Its first pages are there, and no more come.
      await eventually(async () => {
        const { commitCount } = await database.primary.repository.findUniqueOrThrow({
          where: { id },
        });
        expect(commitCount).toBe(100);
      });
      const [head = ""] = await gitHub.commit(url, [{ message: "pushed meanwhile" }]);
      const [live = ""] = await gitHub.commit("octo/live", [{ message: "pushed elsewhere" }]);
      await pipeline.settled(liveId, live);
      await eventually(async () => {
        const found = await database.primary.commit.findFirst({
          where: { repositoryId: id, oid: Buffer.from(head, "hex") },
          select: { oid: true },
        });
        expect(found).not.toBeNull();
      });
      open();
      await pipeline.settled(id, head, 30_000);
      await expectExact(database, { id, gitDir, head });
    } finally {
      open();
      change = (git) => git;
    }
  });
});

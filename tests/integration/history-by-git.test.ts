import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GitHistories } from "../../src/git/git-histories.js";
import { requestCheck } from "../../src/tracking/request-check.js";
import { eventually } from "../support/eventually.js";
import { expectExact } from "../support/exact-history.js";
import { readFeed } from "../support/feed.js";
import { mergyHistory, revList } from "../support/histories.js";
import { type Pipeline, startPipeline } from "../support/pipeline.js";

const AN_HOUR = { minMs: 3_600_000, maxMs: 3_600_000 };
const logger = pino({ level: "silent" });

const row = (count: number, start = 0, from?: string) =>
  Array.from({ length: count }, (_, index) => ({
    message: `in a row ${start + index}`,
    author: {
      name: `Author ${(start + index) % 150}`,
      email: `author${(start + index) % 150}@example.org`,
      date: new Date(Date.UTC(2020, 0, 1) + (start + index) * 60_000).toISOString(),
    },
    ...(index === 0 && from !== undefined && { parents: [from] }),
  }));

/** Each by somebody else. */
const byMany = (count: number, of: string, from?: string) =>
  row(count, 0, from).map((one, index) => ({
    ...one,
    author: { ...one.author, email: `${of}-${index}@example.org` },
  }));

describe("a history that comes by git", () => {
  let pipeline: Pipeline;
  let change: (commit: GitHistories) => GitHistories = (git) => git;
  beforeAll(async () => {
    pipeline = await startPipeline({
      bounds: AN_HOUR,
      histories: { git: (git) => ({ ...git, open: (...args) => change(git).open(...args) }) },
    });
    await pipeline.gitHub.linkEmail("author3@example.org", "ada");
  });
  afterAll(() => pipeline[Symbol.asyncDispose]());

  /** Requests from now until it is stopped, by their operation. */
  async function startCounting() {
    const first = await pipeline.gitHub.countOperations();
    let last = first;
    const asked = (name: string) => (last[name]?.requests ?? 0) - (first[name]?.requests ?? 0);
    const stop = async () => {
      last = await pipeline.gitHub.countOperations();
    };
    return Object.assign(asked, { stop });
  }
  async function track(name: string, commits: Parameters<Pipeline["gitHub"]["commit"]>[1]) {
    const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const oids = await pipeline.gitHub.commit(`octo/${name}`, commits);
    const head = oids.at(-1) ?? "";
    const asked = await startCounting();
    const id = await pipeline.add(`octo/${name}`);
    await pipeline.settled(id, head, 30_000);
    await asked.stop();
    return { id, gitDir, head, oids, asked, url: `octo/${name}` };
  }
  const told = async ({ database }: Pipeline, repositoryId: number) =>
    (await readFeed(database))
      .filter(({ repository }) => repository.id === repositoryId)
      .flatMap(({ commits }) => commits)
      .map(({ oid, parents, message, author, authoredAt, committer, committedAt }) => ({
        ...{ oid, parents, message, author, authoredAt, committer, committedAt },
      }));
  const loginOf = async (id: number) => (await told(pipeline, id))[0]?.author.login;

  it("is git's own, asked for once, and its people a hundred at a time", async () => {
    const tracked = await track("whole", row(2_500));
    await expectExact(pipeline.database, tracked);
    expect(tracked.asked("git fetch")).toBe(1);
    expect(tracked.asked("History") + tracked.asked("FirstParents")).toBe(0);
    expect(tracked.asked("Commits")).toBe(2); // of 150
  });

  it("has each commit as the API tells it, accounts included", async () => {
    const byGit = await track("both-ways", mergyHistory(250));
    expect(byGit.asked("git fetch")).toBe(1);
    await using api = await startPipeline({ bounds: AN_HOUR });
    await api.gitHub.linkEmail("author3@example.org", "ada");
    await api.gitHub.addRepository({ owner: "octo", name: "both-ways", gitDir: byGit.gitDir });
    const id = await api.add("octo/both-ways");
    await api.settled(id, byGit.head);
    const theirs = await told(api, id);
    // In the same order too.
    expect(await told(pipeline, byGit.id)).toEqual(theirs);
    expect(theirs.filter(({ author }) => author.login === "ada").length).toBeGreaterThan(0);
  });

  it("asks nobody twice who has been asked about lately, in whichever repository", async () => {
    await track("known", row(200, 7_000));
    const { asked } = await track("known-too", row(200, 7_000));
    expect([asked("git fetch"), asked("Commits")]).toEqual([1, 0]);
  });

  it("asks again about who was asked about long ago: accounts are renamed, addresses change hands", async () => {
    const author = {
      name: "Bea",
      email: "7+bea@users.noreply.github.com",
      date: "2024-01-01T00:00:00Z",
    };
    await pipeline.gitHub.linkEmail(author.email, "bea");
    const first = await track("renamed-1", [{ message: "one", author }]);
    expect(await loginOf(first.id)).toBe("bea");
    await pipeline.gitHub.linkEmail(author.email, "beatrice");
    const second = await track("renamed-2", [{ message: "two", author }]);
    expect(await loginOf(second.id)).toBe("bea");
    await pipeline.database.primary.emailAccount.updateMany({
      ...{ where: { email: author.email }, data: { askedAt: new Date(0) } },
    });
    const third = await track("renamed-3", [{ message: "three", author }]);
    expect(await loginOf(third.id)).toBe("beatrice");
  });

  it("is counted by what has come: GitHub counts none of it again", async () => {
    const { id, asked, oids } = await track("counted", row(300));
    const { verification } = pipeline.database.primary;
    await eventually(async () => {
      const found = await verification.findUniqueOrThrow({ where: { repositoryId: id } });
      expect(found).toMatchObject({
        gitHubCount: oids.length,
        storedCount: oids.length,
        error: null,
      });
      expect(found.finishedAt).not.toBeNull();
    });
    await asked.stop();
    expect([asked("CommitCount"), asked("git fetch")]).toEqual([0, 1]);
  });

  it("is what a gap of more than some pages takes, with nothing of what is stored", async () => {
    const { id, url, gitDir, head } = await track("gap", row(400));
    const pushed = await pipeline.gitHub.commit(url, row(1_500, 10_000, head));
    const asked = await startCounting();
    await requestCheck({ ...pipeline, logger }, id);
    await pipeline.settled(id, pushed.at(-1) ?? "", 30_000);
    await asked.stop();
    await expectExact(pipeline.database, { id, gitDir, head: pushed.at(-1) ?? "" });
    expect([asked("git fetch"), asked("History")]).toEqual([1, 5]);
    const events = (await readFeed(pipeline.database)).filter(
      ({ repository, kind }) => repository.id === id && kind === "LIVE",
    );
    expect(events.flatMap(({ commits }) => commits)).toHaveLength(1_500);
  });

  it("of a push is not held up where what is left of the points is kept for live work", async () => {
    await using scarce = await startPipeline({ bounds: AN_HOUR, histories: {} });
    const { gitHub } = scarce;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "scarce" });
    const oids = await gitHub.commit("octo/scarce", row(50));
    const id = await scarce.add("octo/scarce");
    await scarce.settled(id, oids.at(-1) ?? "");
    await gitHub.setBudget("octocat", { limit: 5_000, remaining: 300 });
    const pushed = await gitHub.commit("octo/scarce", byMany(1_200, "scarce", oids.at(-1)));
    const head = pushed.at(-1) ?? "";
    await requestCheck({ ...scarce, logger }, id);
    await scarce.settled(id, head, 30_000);
    await expectExact(scarce.database, { id, gitDir, head });
    expect((await gitHub.countOperations())["git fetch"]?.requests).toBe(2);
  });

  it("is fetched once, whichever requests about its people fail", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on("warning", onWarning);
    await using shaky = await startPipeline({ bounds: AN_HOUR, histories: {} });
    const { gitHub, database } = shaky;
    const names = ["shaky-1", "shaky-2"];
    const pushed = await Promise.all(
      names.map(async (name) => {
        const { gitDir } = await gitHub.addRepository({ owner: "octo", name });
        const oids = await gitHub.commit(`octo/${name}`, byMany(1_100, name));
        return { name, gitDir, head: oids.at(-1) ?? "" };
      }),
    );
    const when = { operationName: "Commits", every: 5 };
    await gitHub.injectFault({ when, answer: "reset", times: 3 });
    for (const { name, gitDir, head } of pushed) {
      const id = await shaky.add(`octo/${name}`);
      await shaky.settled(id, head, 30_000);
      await expectExact(database, { id, gitDir, head });
    }
    process.off("warning", onWarning);
    const { "git fetch": fetched, History, Commits } = await gitHub.countOperations();
    expect([fetched?.requests, History]).toEqual([2, undefined]);
    expect(Commits?.requests).toBeLessThanOrEqual(22 + 3 + 3); // of each portion that failed, again
    expect(shaky.log).toEqual([]);
    expect(warnings.filter(({ name }) => name === "MaxListenersExceededWarning")).toEqual([]);
  });

  it("whose people GitHub does not tell at all goes on by the API", async () => {
    await using silent = await startPipeline({ bounds: AN_HOUR, histories: {} });
    const { gitHub, database } = silent;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "silent" });
    const oids = await gitHub.commit("octo/silent", byMany(150, "silent"));
    await gitHub.injectFault({
      ...{ when: { operationName: "Commits" }, answer: "reset", times: "always" },
    });
    const id = await silent.add("octo/silent");
    const head = oids.at(-1) ?? "";
    await silent.settled(id, head, 40_000);
    await expectExact(database, { id, gitDir, head });
    expect((await gitHub.countOperations())["git fetch"]?.requests).toBe(1);
    expect((await silent.metrics.expose()).text).toContain(
      'tracker_git_transfers_total{outcome="people"} 1',
    );
  });

  it("of a push that is slow to arrive is left to the API, and observed as live", async () => {
    let isSlow = false;
    await using slow = await startPipeline({
      bounds: AN_HOUR,
      histories: {
        gapArrivalMsMax: 2_000,
        git: (git) => ({
          async open(wanted, options) {
            if (isSlow) await delay(60_000, undefined, { signal: options.signal }).catch(() => {});
            options.signal.throwIfAborted();
            return await git.open(wanted, options);
          },
        }),
      },
    });
    const { gitHub, database } = slow;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "slow" });
    let [head = ""] = await gitHub.commit("octo/slow", [{ message: "first" }]);
    const id = await slow.add("octo/slow");
    await slow.settled(id, head);
    const observed = async () =>
      Number(/commit_delay_seconds_count (\d+)/.exec((await slow.metrics.expose()).text)?.[1]);
    const push = async (message: string) => {
      const now = { name: "N", email: "n@example.org", date: new Date().toISOString() };
      const commits = Array.from({ length: 900 }, (_, index) => ({
        ...{ message: `${message} ${index}`, author: now, committer: now },
      }));
      const oids = await gitHub.commit("octo/slow", commits);
      head = oids.at(-1) ?? "";
      await requestCheck({ ...slow, logger }, id);
      await slow.settled(id, head, 12_000);
      await expectExact(database, { id, gitDir, head });
    };
    await push("in time");
    expect(await observed()).toBe(900);
    isSlow = true;
    await push("late");
    expect(await observed()).toBe(1_800);
    const told = (await slow.metrics.expose()).text;
    expect(told).toContain('tracker_git_transfers_total{outcome="done"} 2');
    expect(told).toContain('tracker_git_transfers_total{outcome="timed-out"} 1');
  });

  it("is not what a gap of a few pages takes", async () => {
    const { id, url, gitDir, head } = await track("small-gap", row(20));
    const pushed = await pipeline.gitHub.commit(url, row(450, 10_000, head));
    const asked = await startCounting();
    await requestCheck({ ...pipeline, logger }, id);
    await pipeline.settled(id, pushed.at(-1) ?? "", 30_000);
    await asked.stop();
    await expectExact(pipeline.database, { id, gitDir, head: pushed.at(-1) ?? "" });
    expect(asked("git fetch")).toBe(0);
  });

  it.each([
    ["message", (commit: { message: string }) => ({ ...commit, message: `${commit.message}!` })],
    ["authoredAt", (commit: object) => ({ ...commit, authoredAt: new Date(0) })],
    [
      "parents",
      (commit: { parents: readonly string[] }) => ({
        ...commit,
        parents: [...commit.parents, "0".repeat(40)],
      }),
    ],
    [
      "committer.name",
      (commit: object) => ({ ...commit, committer: { name: "X", email: "x@example.org" } }),
    ],
  ])(
    "that tells a commit's %s otherwise than the API ends there: the API goes on",
    async (field, bend) => {
      change = (git) => ({
        ...git,
        open: async (...args) => {
          const history = await git.open(...args);
          return {
            ...history,
            async *pages(size) {
              for await (const page of history.pages(size)) {
                yield {
                  ...page,
                  commits: page.commits.map((commit) => bend(commit as never) as typeof commit),
                };
              }
            },
          };
        },
      });
      try {
        const name = `bent-${field.replace(".", "-")}`;
        const tracked = await track(
          name,
          row(250, 20_000 + 1_000 * field.length).map((one) => ({
            ...one,
            author: { ...one.author, email: `${field}${one.author.email}` },
          })),
        );
        await expectExact(pipeline.database, tracked);
        expect(tracked.asked("History")).toBeGreaterThan(0);
        const lines = pipeline.log.filter(({ repositoryId }) => repositoryId === tracked.id);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatchObject({
          reason: "malformed",
          err: { details: { field, oid: expect.stringMatching(/^[0-9a-f]{40}$/) } },
        });
        const transfer = await pipeline.database.primary.historyTransfer.findUniqueOrThrow({
          where: { repositoryId: tracked.id },
        });
        expect(transfer.heldUntil).toBeNull();
        expect(transfer.awayUntil?.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
      } finally {
        change = (git) => git;
      }
    },
  );

  it("with a tracking start is looked at as far as that, and no further", async () => {
    const name = "with-start";
    const { gitDir } = await pipeline.gitHub.addRepository({ owner: "octo", name });
    const oids = await pipeline.gitHub.commit(`octo/${name}`, row(2_000));
    const from = new Date(Date.UTC(2020, 0, 1) + 800 * 60_000);
    const id = await pipeline.add(`octo/${name}`, from);
    await pipeline.settled(id, oids.at(-1) ?? "", 30_000);
    const expected = (await revList(gitDir, "main")).slice(0, 1_200).sort();
    const stored = (await told(pipeline, id)).map(({ oid }) => oid).sort();
    expect(stored).toEqual(expected);
  });
});

import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CallOptions, GitHub } from "../../src/github/github.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import type { RepositoryFacts } from "../../src/github-stand-in/control/control.js";
import type { FaultAnswer } from "../../src/github-stand-in/http/fault.js";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const USERS = [
  { login: "anna", databaseId: 101, tokens: ["anna-token-1", "anna-token-2"] },
  { login: "berta", databaseId: 102, tokens: ["berta-token-1"] },
];
const LIMITED = { code: "GITHUB_RATE_LIMITED" };
const TIMEOUT_MS = 1_000;

/** The form that GitHub's refusals were seen in, with a wait that a test can sit out. */
const secondary = (headers: Readonly<Record<string, string>>): FaultAnswer => ({
  status: 403,
  headers,
  body: {
    documentation_url: "https://docs.github.com/rest#about-secondary-rate-limits",
    message:
      "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
  },
});

describe("processes that share the budgets of GitHub's users", () => {
  let standIn: GitHubStandIn;
  let repository: RepositoryFacts;
  let test: TestDatabase;
  let opened: Database[];
  let log: string[];

  beforeEach(async () => {
    log = [];
    opened = [];
    standIn = await startGitHubStandIn({ users: USERS });
    await standIn.addRepository({ owner: "o", name: "n" });
    await standIn.commit("o/n", [{ message: "one" }]);
    repository = await standIn.describeRepository("o/n");
    test = await createTestDatabase({ connectionsMax: 2 });
  });
  afterEach(async () => {
    for (const database of opened) await database.close();
    await standIn.stop();
    await test[Symbol.asyncDispose]();
  });

  /** A worker's client with a database handle of its own: as good as another process. */
  function process(...tokens: string[]): GitHub {
    const database = openDatabase({ url: test.url, connectionsMax: 3 });
    opened.push(database);
    return createOctokitGitHub({
      ...{ apiUrl: standIn.url, tokens, userAgent: "tracker-test" },
      requestTimeoutMs: TIMEOUT_MS,
      ledger: createBudgetStore({ database, requestTimeoutMs: TIMEOUT_MS }),
      logger: pino({ level: "debug" }, { write: (line) => void log.push(line) }),
      random: () => 0,
    });
  }
  const { signal } = new AbortController();
  const ask = (gitHub: GitHub, options: Partial<CallOptions> = {}) =>
    gitHub.lookUp([{ nodeId: repository.id }], { signal, purpose: "live", ...options });
  const requestsOf = async (login: string) =>
    (await standIn.listRequests()).filter(({ user }) => user === login);
  const refuse = (answer: FaultAnswer) =>
    standIn.injectFault({ when: { operationName: "LookUp" }, answer });

  it("send nothing for a user, from any of them, until what one was told is over", async () => {
    const processes = [
      process("anna-token-1"),
      process("anna-token-2"),
      process("anna-token-1", "anna-token-2"),
    ] as const;
    for (const gitHub of processes) await ask(gitHub);
    await refuse(secondary({ "retry-after": "2" }));
    const refusedAt = Date.now();
    await expect(ask(processes[0])).rejects.toMatchObject(LIMITED);
    const before = (await requestsOf("anna")).length;
    while (Date.now() < refusedAt + 1_700) {
      const outcomes = await Promise.allSettled(processes.map((gitHub) => ask(gitHub)));
      for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: LIMITED });
      await delay(50);
    }
    expect(await requestsOf("anna")).toHaveLength(before);
    await eventually(() => ask(processes[1]));
    const [next] = (await requestsOf("anna")).slice(before);
    expect(next?.at).toBeGreaterThanOrEqual(refusedAt + 2_000);
  });

  it("send nothing more while many are under way and one is refused", async () => {
    const processes = [process("anna-token-1"), process("anna-token-2")] as const;
    for (const gitHub of processes) await ask(gitHub);
    await standIn.configure({ latency: { databaseMs: 150, gitMs: 0 } });
    await standIn.injectFault({
      when: { operationName: "LookUp", nth: 8 },
      answer: secondary({ "retry-after": "30" }),
    });
    let toldAt = Number.POSITIVE_INFINITY;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        ask(processes[index % 2 === 0 ? 0 : 1]).catch((error: unknown) => {
          toldAt = Math.min(toldAt, Date.now());
          throw error;
        }),
      ),
    );
    const failed = outcomes.filter(({ status }) => status === "rejected");
    for (const outcome of failed) expect(outcome).toMatchObject({ reason: LIMITED });
    // What had its grant already may be on its way still.
    const later = (await requestsOf("anna")).filter(({ at }) => at > toldAt + 250);
    expect(later).toEqual([]);
    expect(failed.length).toBeGreaterThan(30);
  });

  it("wait until an HTTP date as well", async () => {
    const [one, other] = [process("anna-token-1"), process("anna-token-2")] as const;
    for (const gitHub of [one, other]) await ask(gitHub);
    const until = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 2_000);
    await refuse(secondary({ "retry-after": until.toUTCString() }));
    const retryAtOf = async (gitHub: GitHub) => {
      const error = await ask(gitHub).catch((failure: unknown) => failure);
      expect(error).toMatchObject(LIMITED);
      return (error as { details: { retryAt: Date } }).details.retryAt.getTime();
    };
    // GitHub's clock is told in whole seconds.
    const told = await retryAtOf(one);
    expect(told).toBeGreaterThanOrEqual(until.getTime());
    expect(told).toBeLessThan(until.getTime() + 1_300);
    const before = (await requestsOf("anna")).length;
    expect(Math.abs((await retryAtOf(other)) - told)).toBeLessThan(300);
    await eventually(() => ask(other));
    expect((await requestsOf("anna"))[before]?.at).toBeGreaterThanOrEqual(until.getTime());
  });

  it.each(["secondary-429", "secondary-200", "secondary-403-without-retry-after"] as const)(
    "heed a refusal in another form: %s",
    async (answer) => {
      const [one, other] = [process("anna-token-1"), process("anna-token-2")] as const;
      for (const gitHub of [one, other]) await ask(gitHub);
      await refuse(answer);
      await expect(ask(one)).rejects.toMatchObject(LIMITED);
      const before = (await requestsOf("anna")).length;
      const error = await ask(other).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ ...LIMITED, details: { limit: "secondary" } });
      const waitMs =
        (error as { details: { retryAt: Date } }).details.retryAt.getTime() - Date.now();
      expect(waitMs).toBeGreaterThan(58_000);
      expect(await requestsOf("anna")).toHaveLength(before);
    },
  );

  it("go on with another user's token, and with a token that is not refused", async () => {
    const all = ["gone-token", "anna-token-1", "berta-token-1"];
    const processes = [process(...all), process(...all)] as const;
    await ask(processes[0]);
    await standIn.injectFault({
      when: { operationName: "LookUp", login: "anna" },
      answer: "secondary-403",
      times: "always",
    });
    await Promise.allSettled(processes.map((gitHub) => ask(gitHub)));
    await Promise.allSettled(processes.map((gitHub) => ask(gitHub)));
    const refusals = (await requestsOf("anna")).filter(({ status }) => status === 403).length;
    expect(refusals).toBeGreaterThan(0);
    const before = (await requestsOf("berta")).length;
    for (let times = 0; times < 5; times += 1) {
      await Promise.all(processes.map((gitHub) => ask(gitHub)));
    }
    expect((await requestsOf("berta")).length).toBe(before + 10);
    const refused = (await requestsOf("anna")).filter(({ status }) => status === 403);
    expect(refused).toHaveLength(refusals);
    const unknown = (await standIn.listRequests()).filter(({ status }) => status === 401);
    // Once by each process, and perhaps again by now, seconds later.
    expect(unknown.length).toBeGreaterThanOrEqual(2);
    expect(unknown.length).toBeLessThanOrEqual(6);
    const lines = log.filter((line) => line.includes("set aside"));
    expect(lines).toHaveLength(2); // once by each
    expect(log.join("")).not.toMatch(/gone-token|anna-token|berta-token/);
  });

  it("share one hour's points, whichever token spent them, and name its end", async () => {
    const [one, other] = [process("anna-token-1"), process("anna-token-2")] as const;
    for (const gitHub of [one, other]) await ask(gitHub);
    await standIn.setBudget("anna", { remaining: 3 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) => ask(index % 2 === 0 ? one : other)),
    );
    const before = await requestsOf("anna");
    for (const gitHub of [one, other]) {
      const error = await ask(gitHub).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ ...LIMITED, details: { limit: "primary" } });
      const { retryAt } = (error as { details: { retryAt: Date } }).details;
      expect(retryAt.getTime() - Date.now()).toBeGreaterThan(3_500_000);
    }
    expect(await requestsOf("anna")).toHaveLength(before.length);
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(3);
  });

  it("stop at a primary limit, though the header claims that points are left", async () => {
    const [one, other] = [process("anna-token-1"), process("anna-token-2")] as const;
    for (const gitHub of [one, other]) await ask(gitHub);
    await refuse({ primaryLimit: { remaining: 4_000 } });
    await expect(ask(one)).rejects.toMatchObject(LIMITED);
    const before = (await requestsOf("anna")).length;
    await expect(ask(other)).rejects.toMatchObject({ ...LIMITED, details: { limit: "primary" } });
    expect(await requestsOf("anna")).toHaveLength(before);
  });

  it("pause nobody for a 403 that is no rate limit", async () => {
    const [one, other] = [process("anna-token-1"), process("anna-token-2")] as const;
    for (const gitHub of [one, other]) await ask(gitHub);
    const body = { message: "Resource protected by organization SAML enforcement." };
    await refuse({ status: 403, body });
    await expect(ask(one)).rejects.toMatchObject({ code: "GITHUB_FORBIDDEN" });
    await Promise.all([ask(one), ask(other)]);
  });

  it("never have more than ten under way at once", async () => {
    const processes = [
      process("anna-token-1"),
      process("anna-token-2"),
      process("anna-token-1"),
    ] as const;
    for (const gitHub of processes) await ask(gitHub);
    await standIn.configure({ latency: { databaseMs: 150, gitMs: 0 } });
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const purpose = index % 5 === 0 ? "backfill" : "live";
        return ask(processes[index % 2 === 0 ? 0 : index % 4 === 1 ? 1 : 2], { purpose });
      }),
    );
    const spans = (await requestsOf("anna")).map(({ at, ms }) => ({ from: at, to: at + ms }));
    const atOnce = spans.map(
      ({ from }) => spans.filter((o) => o.from <= from && o.to > from).length,
    );
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(10);
    expect(Math.max(...atOnce)).toBeGreaterThan(3);
    expect(await test.database.primary.gitHubRequest.count({ where: { finishedAt: null } })).toBe(
      0,
    );
  });

  it("are not held up by a request that hangs, nor by one that is aborted", async () => {
    const [one, other] = [process("anna-token-1"), process("anna-token-2")] as const;
    for (const gitHub of [one, other]) await ask(gitHub);
    const unanswered = async () =>
      (await standIn.listRequests()).filter(({ status }) => status === 0).length;
    await refuse("hang");
    const hanging = expect(ask(one)).rejects.toMatchObject({ code: "GITHUB_TIMEOUT" });
    await eventually(async () => expect(await unanswered()).toBe(1));
    await ask(other);
    await hanging;
    await refuse("hang");
    const controller = new AbortController();
    const stopped = expect(ask(one, { signal: controller.signal })).rejects.toThrow("stopping");
    await eventually(async () => expect(await unanswered()).toBe(2));
    controller.abort(new Error("stopping"));
    await stopped;
    const open = () => test.database.primary.gitHubRequest.count({ where: { finishedAt: null } });
    await eventually(async () => expect(await open()).toBe(0), 1_000);
    await ask(other);
  });

  it("ask nothing after a restart in a pause, and know their users again", async () => {
    const [before] = [process("anna-token-1")];
    await ask(before);
    await refuse("secondary-403");
    await expect(ask(before)).rejects.toMatchObject(LIMITED);
    const requests = (await standIn.listRequests()).length;
    await expect(ask(process("anna-token-1"))).rejects.toMatchObject(LIMITED);
    expect(await standIn.listRequests()).toHaveLength(requests);
  });
});

import { afterEach, describe, expect, test } from "vitest";
import { connectGitHubStandIn } from "../../src/github-stand-in/control/control-client.js";
import {
  GITHUB_TIMES,
  type LatencyModel,
  planDelay,
} from "../../src/github-stand-in/limits/latency.js";
import { seededRandom } from "../../src/github-stand-in/seeded-random.js";
import type { GitHubStandIn, GitHubStandInOptions } from "../../src/github-stand-in/stand-in.js";
import { startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { ask } from "./ask.js";

const started: GitHubStandIn[] = [];
afterEach(async () => {
  for (const standIn of started.splice(0)) await standIn.stop();
});

async function start(options: GitHubStandInOptions = {}): Promise<GitHubStandIn> {
  const standIn = await startGitHubStandIn(options);
  started.push(standIn);
  return standIn;
}

const NO_WORK = { repositories: 0, gitRepositories: 0, listedCommits: 0, countedCommits: 0 };

function times(model: LatencyModel, work: Partial<typeof NO_WORK>, draws = 400): [number, number] {
  const random = seededRandom(7);
  const all = Array.from(
    { length: draws },
    () => planDelay(model, { ...NO_WORK, ...work }, random).ms,
  );
  return [Math.min(...all), Math.max(...all)];
}

function expectWithin([least, most]: [number, number], from: number, to: number): void {
  expect(least).toBeGreaterThanOrEqual(from);
  expect(most).toBeLessThanOrEqual(to);
  // What is drawn fills the span: it is neither one number nor a part of it.
  expect(most - least).toBeGreaterThan((to - from) / 4);
}

describe("GitHub's times", () => {
  test("are what has been published of each kind of work", () => {
    expectWithin(times(GITHUB_TIMES, {}), 30, 80);
    expectWithin(times(GITHUB_TIMES, { repositories: 10 }), 50, 130);
    expectWithin(times(GITHUB_TIMES, { repositories: 1, gitRepositories: 1 }), 82, 185);
    const page = { repositories: 1, gitRepositories: 1, listedCommits: 100 };
    expectWithin(times(GITHUB_TIMES, page), 100, 1_000);
    expectWithin(times(GITHUB_TIMES, { ...page, listedCommits: 0, countedCommits: 500 }), 82, 500);
  });

  test("grow with the commits of a page, whoever asks for them in which way", async () => {
    const standIn = await start({ secondaryLimits: null });
    await standIn.addRepository({ owner: "acme", name: "one" });
    const messages = Array.from({ length: 12 }, (_, n) => ({ message: `${n}` }));
    await standIn.commit("acme/one", messages);
    await standIn.configure({ latency: { databaseMs: 0, gitMs: 0, pageMs: 1_000 } });
    const inMain = (fields: string) =>
      ask(standIn.url, `{ repository(owner: "acme", name: "one") { ${fields} } }`);
    await inMain(
      'object(expression: "main") { ... on Commit { history(first: 12) { nodes { oid } } } }',
    );
    const parents = Array.from(
      { length: 12 },
      (_, n) => `c${n}: object(expression: "main~${n}") { ... on Commit { message } }`,
    );
    await inMain(parents.join(" "));
    await inMain("pushedAt");
    const taken = (await standIn.listRequests()).map(({ ms }) => ms);
    for (const ms of taken.slice(0, 2)) expect(ms).toBeGreaterThanOrEqual(119);
    const { gitHubMs } = await standIn.readUse();
    expect(gitHubMs).toBeCloseTo(240, 5);
  });

  test("are the same for the same seed", async () => {
    const sum = async (seed: number) => {
      const standIn = await start({ seed, latency: { baseMs: [1, 30], databaseMs: 0, gitMs: 0 } });
      for (let n = 0; n < 5; n += 1) await ask(standIn.url, "{ viewer { login } }");
      return (await standIn.readUse()).gitHubMs;
    };
    const first = await sum(3);
    expect(await sum(3)).toBe(first);
    expect(await sum(4)).not.toBe(first);
  });
});

describe("what was used", () => {
  test("is kept by minute and operation, and counts the looks at each head", async () => {
    let nowMs = Date.UTC(2030, 0, 1);
    const standIn = await start({
      now: () => nowMs,
      latency: { baseMs: 2, databaseMs: 3, gitMs: 5 },
    });
    const { id } = await standIn.addRepository({ owner: "acme", name: "one" });
    await standIn.addRepository({ owner: "acme", name: "two" });
    const look = "... on Repository { defaultBranchRef { target { oid } } }";
    await ask(standIn.url, `query LookUp($id: ID!) { node(id: $id) { ${look} } }`, { id });
    nowMs += 61_000;
    await ask(
      standIn.url,
      `query LookUp { a: repository(owner: "acme", name: "one") { ${look} } b: repository(owner: "acme", name: "two") { name } }`,
    );
    await ask(standIn.url, "query Glance($id: ID!) { node(id: $id) { id } }", { id });
    await standIn.rename("acme/one", "renamed");
    const use = await connectGitHubStandIn(standIn.url).readUse();
    const at = Date.UTC(2030, 0, 1);
    expect(use).toEqual({
      requests: 3,
      points: 3,
      gitHubMs: 10 + 13 + 5,
      operations: {
        LookUp: { requests: 2, points: 2, gitHubMs: 23 },
        Glance: { requests: 1, points: 1, gitHubMs: 5 },
      },
      minutes: [
        { at, requests: 1, points: 1, gitHubMs: 10 },
        { at: at + 60_000, requests: 2, points: 2, gitHubMs: 18 },
      ],
      refusals: {},
      looks: { "acme/renamed": { count: 2, times: [at, at + 61_000] } },
    });
    await standIn.reset();
    expect(await standIn.readUse()).toMatchObject({ requests: 0, minutes: [], looks: {} });
  });

  test("names each limit that was overstepped", async () => {
    let nowMs = Date.UTC(2030, 0, 1);
    const limits = {
      concurrentMax: 100,
      queriesPerMinuteMax: 3,
      responseMsPerMinuteMax: 50,
      retryAfterMs: 60_000,
    };
    const standIn = await start({
      now: () => nowMs,
      secondaryLimits: limits,
      latency: { baseMs: 20, databaseMs: 0, gitMs: 0 },
    });
    const viewer = async () => (await ask(standIn.url, "{ viewer { login } }")).status;
    const refusals = async () => (await standIn.readUse()).refusals;
    for (let count = 0; count < 3; count += 1) expect(await viewer()).toBe(200);
    expect(await viewer()).toBe(403);
    expect(await refusals()).toEqual({ queries: 1 });
    expect(await viewer()).toBe(403);
    expect(await refusals()).toEqual({ queries: 1, "told-to-wait": 1 });
    nowMs += 61_000;
    await standIn.configure({ latency: { baseMs: 60, databaseMs: 0, gitMs: 0 } });
    expect([await viewer(), await viewer()]).toEqual([200, 403]);
    expect(await refusals()).toEqual({ queries: 1, "told-to-wait": 1, time: 1 });
    nowMs += 121_000;
    await standIn.configure({ secondaryLimits: { ...limits, concurrentMax: 0 } });
    expect(await viewer()).toBe(403);
    await standIn.configure({ secondaryLimits: null });
    await standIn.setBudget("octocat", { remaining: 0 });
    expect(await viewer()).toBe(200);
    const each = { queries: 1, "told-to-wait": 1, time: 1, concurrency: 1, points: 1 };
    expect(await refusals()).toEqual(each);
  });
});

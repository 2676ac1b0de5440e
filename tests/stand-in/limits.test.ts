import { afterEach, describe, expect, test } from "vitest";
import type { GitHubStandIn, GitHubStandInOptions } from "../../src/github-stand-in/stand-in.js";
import { startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { ask } from "./ask.js";

const HOUR = 3_600_000;
const MISSING = '{ repository(owner: "no", name: "body") { id } }';
const RATE_HEADERS = ["limit", "remaining", "used", "reset", "resource"].map(
  (name) => `x-ratelimit-${name}`,
);

const started: GitHubStandIn[] = [];
afterEach(async () => {
  for (const standIn of started.splice(0)) await standIn.stop();
});

async function start(options: GitHubStandInOptions = {}): Promise<GitHubStandIn> {
  const standIn = await startGitHubStandIn(options);
  started.push(standIn);
  return standIn;
}

function rate(headers: Headers): (string | null)[] {
  return RATE_HEADERS.map((name) => headers.get(name));
}

describe("the primary limit", () => {
  test("tells its state in five headers that agree with rateLimit", async () => {
    const nowMs = Date.UTC(2030, 0, 1, 12);
    const { url } = await start({ now: () => nowMs });
    const answer = await ask<{ rateLimit: Record<string, unknown> }>(
      url,
      "{ viewer { login } rateLimit { cost limit nodeCount remaining resetAt used } }",
    );
    expect(answer.data.rateLimit).toEqual({
      cost: 1,
      limit: 5000,
      nodeCount: 0,
      remaining: 4999,
      resetAt: "2030-01-01T13:00:00Z",
      used: 1,
    });
    const reset = String((nowMs + HOUR) / 1000);
    expect(rate(answer.headers)).toEqual(["5000", "4999", "1", reset, "graphql"]);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.headers.get("x-github-request-id")).toMatch(/^[\dA-F]+(:[\dA-F]+){4}$/);
    expect(answer.headers.get("etag")).toBeNull();
  });

  test("charges answers that are not found, and neither rateLimit alone nor dry runs", async () => {
    const { url } = await start();
    const used = async (query: string) => (await ask(url, query)).headers.get("x-ratelimit-used");
    expect(await used(MISSING)).toBe("1");
    expect(await used(MISSING)).toBe("2");
    expect(await used("{ rateLimit { used } }")).toBe("2");
    const dry = await ask(
      url,
      `{ rateLimit(dryRun: true) { cost nodeCount } viewer { repositories(first: 100) { nodes { issues(first: 50) { nodes { labels(first: 60) { totalCount } } } } } } }`,
    );
    expect(dry.data).toEqual({ rateLimit: { cost: 51, nodeCount: 100 + 5_000 + 300_000 } });
    expect(dry.headers.get("x-ratelimit-used")).toBe("2");
  });

  test("belongs to the user, whichever token asks, in a window that begins with its first charge", async () => {
    let nowMs = Date.UTC(2030, 0, 1, 12);
    const { url } = await start({
      now: () => nowMs,
      users: [
        { login: "ada", tokens: ["ada-1", "ada-2"] },
        { login: "bo", tokens: ["bo-1"], pointsPerHour: 10_000 },
      ],
    });
    const state = async (token: string) =>
      rate((await ask(url, MISSING, {}, { authorization: `bearer ${token}` })).headers).slice(0, 4);
    const reset = String((nowMs + HOUR) / 1000);
    expect(await state("ada-1")).toEqual(["5000", "4999", "1", reset]);
    nowMs += HOUR / 2;
    expect(await state("ada-2")).toEqual(["5000", "4998", "2", reset]);
    expect((await state("bo-1")).slice(0, 3)).toEqual(["10000", "9999", "1"]);
    nowMs += HOUR / 2 + 60_000;
    expect(await state("ada-1")).toEqual(["5000", "4999", "1", String((nowMs + HOUR) / 1000)]);
  });

  test("answers the query that takes the last point, then refuses, in both known shapes", async () => {
    const standIn = await start();
    await standIn.setBudget("octocat", { remaining: 1, resetInMs: 60_000 });
    const last = await ask(standIn.url, "{ viewer { login } }");
    expect(last.data).toEqual({ viewer: { login: "octocat" } });
    expect(last.headers.get("x-ratelimit-remaining")).toBe("0");
    const refused = await ask(standIn.url, "{ viewer { login } }");
    expect(refused.status).toBe(200);
    expect(JSON.parse(refused.text)).toEqual({
      errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded for user ID 583231." }],
    });
    expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
    await standIn.configure({ primaryForm: "RATE_LIMIT" });
    expect(JSON.parse((await ask(standIn.url, "{ viewer { login } }")).text)).toEqual({
      errors: [
        {
          type: "RATE_LIMIT",
          code: "graphql_rate_limit",
          message: "API rate limit already exceeded for user ID 583231.",
        },
      ],
    });
    await standIn.reset();
    expect((await ask(standIn.url, "{ viewer { login } }")).data).toEqual(last.data);
  });

  test("may refuse while its header still claims points", async () => {
    const standIn = await start();
    await standIn.injectFault({ answer: { primaryLimit: { remaining: 4 } } });
    const refused = await ask(standIn.url, "{ viewer { login } }");
    expect(refused.errors).toMatchObject([{ type: "RATE_LIMITED" }]);
    expect(refused.headers.get("x-ratelimit-remaining")).toBe("4");
  });
});

describe("the secondary limits", () => {
  const limits = {
    concurrentMax: 100,
    queriesPerMinuteMax: 2_000,
    responseMsPerMinuteMax: 60_000,
    retryAfterMs: 60_000,
  };

  test("refuse more than 2,000 queries a minute, for as long as they say", async () => {
    let nowMs = Date.UTC(2030, 0, 1);
    const standIn = await start({
      now: () => nowMs,
      secondaryLimits: { ...limits, queriesPerMinuteMax: 20 },
    });
    const status = async () => (await ask(standIn.url, "{ rateLimit { cost } }")).status;
    for (let count = 0; count < 20; count += 1) expect(await status()).toBe(200);
    const refused = await ask(standIn.url, "{ rateLimit { cost } }");
    expect(refused.status).toBe(403);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(rate(refused.headers)).toEqual([null, null, null, null, null]);
    expect(JSON.parse(refused.text)).toEqual({
      documentation_url: expect.stringMatching(/#about-secondary-rate-limits$/),
      message:
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    });
    nowMs += 59_000;
    expect((await ask(standIn.url, "{ rateLimit { cost } }")).headers.get("retry-after")).toBe("1");
    nowMs += 61_000;
    expect(await status()).toBe(200);
  });

  test("refuse more than the allowed requests at once", async () => {
    const standIn = await start({
      secondaryLimits: { ...limits, concurrentMax: 2 },
      latency: { databaseMs: 0, gitMs: 0 },
    });
    await standIn.injectFault({ answer: { delayMs: 60_000 }, times: 2 });
    const stuck = [1, 2].map(() => ask(standIn.url, "query Stuck { viewer { login } }"));
    for (const each of stuck) each.catch(() => {}); // they end when the stand-in stops
    const refused = await eventually(async () => {
      const answer = await ask(standIn.url, "{ rateLimit { cost } }");
      expect(answer.status).toBe(403);
      return answer;
    });
    expect(refused.headers.get("retry-after")).not.toBeNull();
  });

  test("refuse more than a minute of response time a minute", async () => {
    const standIn = await start({ secondaryLimits: { ...limits, responseMsPerMinuteMax: 100 } });
    await standIn.injectFault({ answer: { delayMs: 120 } });
    expect((await ask(standIn.url, "{ viewer { login } }")).status).toBe(200);
    expect((await ask(standIn.url, "{ viewer { login } }")).status).toBe(403);
  });

  test.each([
    [{ status: 429, retryAfter: "seconds" } as const, /^60$/],
    [{ status: 200, retryAfter: "http-date" } as const, /^[A-Z][a-z]{2}, \d\d .* GMT$/],
    [{ status: 403, retryAfter: "absent" } as const, /^null$/],
  ])("may be told as %o", async (secondaryForm, retryAfter) => {
    const standIn = await start({
      secondaryForm,
      secondaryLimits: { ...limits, queriesPerMinuteMax: 0 },
    });
    const refused = await ask(standIn.url, "{ viewer { login } }");
    expect(refused.status).toBe(secondaryForm.status);
    expect(String(refused.headers.get("retry-after"))).toMatch(retryAfter);
  });
});

describe("the latency model", () => {
  const heads = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { defaultBranchRef { target { oid } } } } }`;
  const rows = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { pushedAt } } }`;

  test("takes longer for git data than for rows, and gives up at the wall, charging for it", async () => {
    const standIn = await start({
      latency: { databaseMs: 1, gitMs: 40, wallMs: 300, wallPoints: 7 },
      secondaryLimits: null,
    });
    const ids: string[] = [];
    for (let n = 0; n < 10; n += 1) {
      ids.push((await standIn.addRepository({ owner: "acme", name: `r${n}` })).id);
    }
    expect((await ask(standIn.url, rows, { ids })).status).toBe(200);
    expect((await ask(standIn.url, heads, { ids: ids.slice(0, 5) })).status).toBe(200);
    const late = await ask(standIn.url, heads, { ids });
    expect(late.status).toBe(502);
    expect(rate(late.headers)).toEqual([null, null, null, null, null]);
    expect(JSON.parse(late.text)).toEqual({
      data: null,
      errors: [
        {
          message: expect.stringMatching(
            /^Something went wrong while executing your query\. This may be the result of a timeout, or it could be a GitHub bug\. Please include `[\dA-F:]+` when reporting this issue\.$/,
          ),
        },
      ],
    });
    const [database, git, wall] = await standIn.listRequests();
    expect(database?.ms).toBeGreaterThanOrEqual(9);
    expect(git?.ms).toBeGreaterThanOrEqual(204);
    expect(wall?.ms).toBeGreaterThanOrEqual(299);
    expect([database?.cost, git?.cost, wall?.cost]).toEqual([1, 1, 8]);
  });
});

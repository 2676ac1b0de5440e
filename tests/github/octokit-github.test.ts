import { Writable } from "node:stream";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BudgetLedger } from "../../src/github/budget-ledger.js";
import type { GitHub } from "../../src/github/github.js";
import type { Observed } from "../../src/github/github-observer.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import { fingerprintOf } from "../../src/github/token.js";
import { GITHUB_ANSWERS } from "../fixtures/github-answers.js";
import { ledgerThatKnows } from "../support/budget.js";
import { eventually } from "../support/eventually.js";
import {
  type AnsweringServer,
  answer,
  commitNode,
  type Handler,
  historyBody,
  repositoryNode,
  startAnsweringServer,
} from "./answering-server.js";

const TOKEN = "ghp_canary0123456789canary0123456789cana";
const OID = "a".repeat(40);

describe("the GitHub client", () => {
  let server: AnsweringServer;
  let observed: Observed[];
  let log: string;
  let ledger: BudgetLedger;

  beforeEach(async () => {
    ledger = await ledgerThatKnows([TOKEN, "second-token"]);
    observed = [];
    log = "";
    server = await startAnsweringServer();
  });
  afterEach(() => server.stop());

  const sink = () =>
    new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        done();
      },
    });
  const client = (options: Partial<Parameters<typeof createOctokitGitHub>[0]> = {}): GitHub =>
    createOctokitGitHub({
      apiUrl: server.url,
      tokens: [TOKEN],
      ledger,
      userAgent: "tracker-test",
      requestTimeoutMs: 5_000,
      logger: pino({ level: "trace" }, sink()),
      observer: { request: (one) => observed.push(one) },
      ...options,
    });
  const options = { signal: new AbortController().signal, purpose: "live" as const };
  const page = { nodeId: "R_1", oid: OID, after: null, first: 100 };
  const history = (gitHub: GitHub) => gitHub.history(page, options);

  it("sends its token and name, and reads the limits from the headers of a success", async () => {
    server.handle = answer(
      200,
      { "x-ratelimit-remaining": "4321" },
      historyBody([commitNode(OID)]),
    );
    expect((await history(client())).commits.map(({ oid }) => oid)).toEqual([OID]);
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `bearer ${TOKEN}`,
      "user-agent": "tracker-test",
    });
    expect(observed).toMatchObject([
      { operation: "History", outcome: "ok", status: 200, points: 1, remaining: 4_321 },
    ]);
  });

  it("reads the limits from `rateLimit` where the headers are missing", async () => {
    const resetAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 1_200_000);
    const body = historyBody([commitNode(OID)]);
    const rateLimit = { cost: 1, remaining: 17, resetAt: resetAt.toISOString() };
    server.handle = answer(200, {}, { data: { ...body.data, rateLimit } });
    await history(client());
    expect(observed).toMatchObject([{ points: 1, remaining: 17 }]);
    const [user] = await ledger.knownUsers([fingerprintOf(TOKEN)]);
    expect(user?.account).toMatchObject({ remaining: 17, limit: 5_000 });
    const ahead = (user?.account.resetAt?.getTime() ?? 0) - resetAt.getTime();
    expect(ahead).toBeGreaterThanOrEqual(0);
    expect(ahead).toBeLessThanOrEqual(1_500); // its clock is told in whole seconds
  });

  it("tells what GitHub took over an answer, without the wait for leave to ask", async () => {
    let isFull = true;
    const full: BudgetLedger = {
      ...ledger,
      async acquire(userId, purpose) {
        if (!isFull) return await ledger.acquire(userId, purpose);
        isFull = false;
        const { account } = await ledger.acquire(userId, purpose);
        const until = new Date(Date.now() + 2_000);
        return { granted: false, until, reason: "in-flight", account };
      },
    };
    server.handle = answer(200, {}, historyBody([commitNode(OID)]));
    const took: number[] = [];
    const onTook = (ms: number) => void took.push(ms);
    await client({ ledger: full }).history(page, { ...options, onTook });
    expect(took).toHaveLength(1);
    expect(took[0]).toBeLessThan(1_500);
  });

  it("charges what GitHub took, without the way there and back", async () => {
    const charged: (number | undefined)[] = [];
    const charging: BudgetLedger = {
      ...ledger,
      settle: (requestId, outcome, gitHubMs) => {
        charged.push(gitHubMs);
        return ledger.settle(requestId, outcome, gitHubMs);
      },
    };
    const gitHub = client({ ledger: charging });
    const slowly = (ms: number, handler: Handler): Handler => {
      return (request, response) => void setTimeout(() => handler(request, response), ms);
    };
    const page100 = answer(200, {}, historyBody([commitNode(OID)]));
    server.handle = slowly(200, page100);
    await history(gitHub);
    expect(charged[0]).toBeGreaterThanOrEqual(199);
    server.handle = slowly(
      150,
      answer(200, {}, { data: { nodes: [repositoryNode("R_1", "n", OID)] } }),
    );
    await gitHub.glance([{ nodeId: "R_1" }], options);
    server.handle = slowly(400, page100);
    const took: number[] = [];
    await gitHub.history(page, { ...options, onTook: (ms) => took.push(ms) });
    // Without the 150 ms of the cheapest question, of which GitHub may have taken 30.
    const [, glance, second] = observed.map(({ durationMs }) => durationMs);
    const saved = (second ?? 0) - (charged[2] ?? 0);
    expect(Math.abs(saved - ((glance ?? 0) - 30))).toBeLessThan(30);
    expect(took).toEqual([charged[2]]);
    server.handle = (request) => request.socket.destroy();
    await history(gitHub).catch(() => {});
    expect(charged[3]).toBeUndefined();
  });

  it.each([
    ["ahead of", 180_000],
    ["behind", -180_000],
  ])(
    "with a clock %s GitHub's sends nothing before its reset, and goes on then",
    async (_what, aheadMs) => {
      const gitHubMs = Date.UTC(2026, 0, 1);
      let now = gitHubMs + aheadMs;
      const clock = () => now;
      ledger = await ledgerThatKnows([TOKEN], { now: clock });
      const gitHub = client({ now: clock, random: () => 0, ledger });
      const headers = (remaining: number, reset: number) => ({
        date: new Date(gitHubMs).toUTCString(),
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": String(remaining),
        "x-ratelimit-reset": String(reset / 1_000),
      });
      server.handle = answer(200, headers(0, gitHubMs + 60_000), historyBody([commitNode(OID)]));
      await history(gitHub);
      now += 59_999;
      await expect(history(gitHub)).rejects.toMatchObject({
        ...{ code: "GITHUB_RATE_LIMITED", details: { retryAt: new Date(now + 1) } },
      });
      now += 1;
      await history(gitHub);
      expect(server.requests).toHaveLength(2);
    },
  );

  it("asks for the count with the page, and only where it is wanted", async () => {
    const counted = historyBody([commitNode(OID)]);
    Object.assign(counted.data.node.object.history, { totalCount: 4_711 });
    server.handle = answer(200, {}, counted);
    const { totalCount } = await client().history({ ...page, isCounted: true }, options);
    expect(totalCount).toBe(4_711);
    server.handle = answer(200, {}, historyBody([commitNode(OID)]));
    expect((await history(client())).totalCount).toBeNull();
    expect(server.requests.map(({ body }) => body.variables)).toMatchObject([
      { isCounted: true },
      { isCounted: false },
    ]);
    const uncounted = await client().history({ ...page, isCounted: true }, options);
    expect([uncounted.totalCount, uncounted.commits.length]).toEqual([null, 1]); // no page is lost over it
  });

  it.each(GITHUB_ANSWERS.filter(({ scope }) => scope === "answer"))(
    "rejects with $code for $name, without its token in the error or the log",
    async ({ status, headers, body, code }) => {
      server.handle = answer(status, headers, body);
      const error = await history(client()).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ name: "TrackerError", code });
      expect(`${JSON.stringify(error)} ${(error as Error).stack} ${log}`).not.toContain(TOKEN);
    },
  );

  it("sends nothing while GitHub said to wait, and goes on afterwards", async () => {
    let now = Date.UTC(2026, 0, 1);
    const clock = () => now;
    ledger = await ledgerThatKnows([TOKEN], { now: clock });
    const gitHub = client({ now: clock, random: () => 0, ledger });
    server.handle = answer(
      403,
      { "retry-after": "60" },
      { message: "You have exceeded a secondary rate limit." },
    );
    await expect(history(gitHub)).rejects.toMatchObject({ code: "GITHUB_RATE_LIMITED" });
    now += 59_999;
    await expect(history(gitHub)).rejects.toMatchObject({
      code: "GITHUB_RATE_LIMITED",
      details: { retryAt: new Date(now + 1) },
    });
    expect(server.requests).toHaveLength(1);
    now += 1;
    server.handle = answer(200, {}, historyBody([commitNode(OID)]));
    await history(gitHub);
    expect(server.requests).toHaveLength(2);
  });

  it("keeps silent for longer each time where GitHub names no time", async () => {
    let now = Date.UTC(2026, 0, 1);
    const clock = () => now;
    ledger = await ledgerThatKnows([TOKEN], { now: clock });
    const gitHub = client({ now: clock, random: () => 0, ledger });
    server.handle = answer(403, {}, { message: "You have exceeded a secondary rate limit." });
    for (const minutes of [1, 2, 4]) {
      await expect(history(gitHub)).rejects.toMatchObject({ code: "GITHUB_RATE_LIMITED" });
      const retryAt = new Date(now + minutes * 60_000);
      await expect(history(gitHub)).rejects.toMatchObject({ details: { retryAt } });
      now = retryAt.getTime();
    }
    expect(server.requests).toHaveLength(3);
  });

  it("sets a bad token aside with one line that does not show it, and goes on with the others", async () => {
    const gitHub = client({ tokens: [TOKEN, "second-token"] });
    server.handle = (request, response) =>
      request.headers.authorization === `bearer ${TOKEN}`
        ? answer(401, {}, { message: "Bad credentials" })(request, response)
        : answer(200, {}, historyBody([commitNode(OID)]))(request, response);
    await history(gitHub).catch(() => {});
    await history(gitHub);
    await history(gitHub);
    expect(log.split("\n").filter((line) => line.includes("set aside"))).toHaveLength(1);
    expect(log).not.toContain(TOKEN);
  });

  it("rejects once no token is accepted", async () => {
    const gitHub = client();
    server.handle = answer(401, {}, { message: "Bad credentials" });
    await expect(history(gitHub)).rejects.toMatchObject({ code: "GITHUB_BAD_CREDENTIALS" });
    await expect(history(gitHub)).rejects.toMatchObject({ code: "GITHUB_BAD_CREDENTIALS" });
    expect(server.requests).toHaveLength(1);
  });

  it("gives up on an answer that does not come", async () => {
    server.handle = () => {};
    await expect(history(client({ requestTimeoutMs: 100 }))).rejects.toMatchObject({
      code: "GITHUB_TIMEOUT",
    });
  });

  it("ends at once with the caller's reason when aborted", async () => {
    const abort = new AbortController();
    server.handle = () => abort.abort(new Error("shutting down"));
    const call = client().history(page, { ...options, signal: abort.signal });
    await expect(call).rejects.toThrow("shutting down");
    await eventually(() => expect(observed).toMatchObject([{ outcome: "aborted" }]));
  });

  it("asks nothing when it is aborted already, and nothing about no repository", async () => {
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(client().history(page, { ...options, signal })).rejects.toThrow("stopped");
    expect(await client().lookUp([], options)).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  it("gives up on an answer that begins and never ends", async () => {
    server.handle = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"data":');
    };
    await expect(history(client({ requestTimeoutMs: 100 }))).rejects.toMatchObject({
      code: "GITHUB_TIMEOUT",
    });
  });

  it("does not take in an answer without end", async () => {
    server.handle = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const megabyte = Buffer.alloc(1_024 * 1_024, " ");
      const more = () => {
        while (response.write(megabyte));
      };
      response.on("drain", more);
      more();
    };
    await expect(history(client())).rejects.toMatchObject({ code: "GITHUB_RESOURCE_LIMITS" });
  });

  it("follows no redirect with its token", async () => {
    server.handle = answer(301, { location: `${server.url}/elsewhere` }, "");
    await expect(history(client())).rejects.toMatchObject({ code: "GITHUB_BAD_GATEWAY" });
    expect(server.requests.map(({ path }) => path)).toEqual(["/graphql"]);
  });

  it("finds GraphQL beside the REST root of an Enterprise Server", async () => {
    server.handle = answer(200, {}, historyBody([commitNode(OID)]));
    await history(client({ apiUrl: `${server.url}/api` }));
    await history(client({ apiUrl: `${server.url}/api/v3` }));
    expect(server.requests.map(({ path }) => path)).toEqual(["/api/graphql", "/api/graphql"]);
  });

  it("tells every outcome with GitHub's request id, a page it cannot use included", async () => {
    server.handle = answer(200, { "x-github-request-id": "ABCD:1" }, historyBody([]));
    const error = await history(client()).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ details: { requestId: "ABCD:1" } });
    expect(observed).toMatchObject([{ outcome: "GITHUB_MALFORMED_ANSWER", requestId: "ABCD:1" }]);
  });

  it.each([
    ["NOT_FOUND", "GITHUB_NOT_FOUND", /^GitHub does not have this repository/],
    ["FORBIDDEN", "GITHUB_FORBIDDEN", /^words of GitHub$/],
    ["INVALID_CURSOR_ARGUMENTS", "GITHUB_BAD_CURSOR", /^words of GitHub$/],
    ["RESOURCE_LIMITS_EXCEEDED", "GITHUB_RESOURCE_LIMITS", /^words of GitHub$/],
  ])("takes no page from an answer with %s, and says so readably", async (type, code, words) => {
    const error = { type, path: ["node", "object", "history"], message: "words of GitHub" };
    const data = { node: { object: null } };
    server.handle = answer(200, {}, { data, errors: [error] });
    const failure = await history(client()).catch((caught: unknown) => caught);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it("names the commit that GitHub no longer has", async () => {
    server.handle = answer(200, {}, { data: { node: { object: null } } });
    await expect(history(client())).rejects.toMatchObject({
      code: "GITHUB_NOT_FOUND",
      details: { missingOid: OID },
    });
  });

  it("takes odd dates, so that one commit cannot stop its repository", async () => {
    const dates = { authoredDate: "29227-06-10T00:00:00Z", committedDate: "none" };
    server.handle = answer(200, {}, historyBody([commitNode(OID, dates)]));
    const [commit] = (await history(client())).commits;
    expect(commit?.authoredAt.toISOString()).toBe("9999-12-31T23:59:59.000Z");
    expect(commit?.committedAt.toISOString()).toBe("1970-01-01T00:00:00.000Z");
  });

  it.each([
    ["no way to go on", [commitNode(OID)], { endCursor: null, hasNextPage: true }],
    ["more behind nothing", [], { endCursor: "next", hasNextPage: true }],
    ["itself as the next one", [commitNode(OID)], { endCursor: "here", hasNextPage: true }],
  ])("does not take a later page with %s", async (_what, nodes, pageInfo) => {
    server.handle = answer(200, {}, historyBody(nodes, pageInfo));
    const call = client().history({ ...page, after: "here" }, options);
    await expect(call).rejects.toMatchObject({ code: "GITHUB_MALFORMED_ANSWER" });
  });

  it("tells a connection that breaks", async () => {
    server.handle = (request) => request.socket.destroy();
    await expect(history(client())).rejects.toMatchObject({ code: "GITHUB_UNREACHABLE" });
  });

  it.each([
    ["one commit twice", [commitNode(OID), commitNode(OID)]],
    ["another start than asked for", [commitNode("b".repeat(40))]],
    [
      "more than asked for",
      Array.from({ length: 101 }, (_, i) =>
        commitNode(i === 0 ? OID : i.toString(16).padStart(40, "0")),
      ),
    ],
    ["nothing", []],
  ])("does not take a page with %s", async (_what, nodes) => {
    server.handle = answer(200, {}, historyBody(nodes));
    await expect(history(client())).rejects.toMatchObject({ code: "GITHUB_MALFORMED_ANSWER" });
  });

  it("makes text storable: no NUL, no half characters; a missing author has an empty name", async () => {
    const odd = commitNode(OID, { message: "a\u0000b\ud800c 🚀", author: null });
    server.handle = answer(200, {}, historyBody([odd]));
    const [commit] = (await history(client())).commits;
    expect(commit?.message).toBe("a\uFFFDb\uFFFDc 🚀");
    expect(commit?.author).toEqual({ name: "", email: "", login: null, avatarUrl: null });
  });

  it("answers in the order asked, and one failure leaves the others alone", async () => {
    server.handle = answer(
      200,
      {},
      {
        data: {
          nodes: [repositoryNode("R_1", "a", OID), null],
          named0: null,
          named1: repositoryNode("R_2", "b", OID),
        },
        errors: [
          {
            type: "NOT_FOUND",
            path: ["nodes", 1],
            message: "Could not resolve to a node with the global id of 'R_x'",
          },
          {
            type: "FORBIDDEN",
            path: ["named0"],
            message: "Resource protected by organization SAML enforcement.",
          },
        ],
      },
    );
    const answers = await client().lookUp(
      [{ nodeId: "R_1" }, { owner: "o", name: "s" }, { nodeId: "R_x" }, { owner: "o", name: "b" }],
      options,
    );
    expect(answers).toMatchObject([
      { kind: "found", repository: { nodeId: "R_1", name: "a" } },
      { kind: "failed", error: { code: "GITHUB_FORBIDDEN" } },
      { kind: "failed", error: { code: "GITHUB_NOT_FOUND" } },
      {
        kind: "found",
        repository: { nodeId: "R_2", name: "b", defaultBranch: { name: "main", headOid: OID } },
      },
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ["a list that comes back short", { nodes: [] }, [], "GITHUB_MALFORMED_ANSWER"],
    ["no list at all", {}, [], "GITHUB_MALFORMED_ANSWER"],
    [
      "an object of another kind",
      { nodes: [{ __typename: "User" }] },
      [],
      "GITHUB_MALFORMED_ANSWER",
    ],
    [
      "nothing because of an error elsewhere",
      { nodes: [null] },
      [{ message: "Something else is broken", type: "INTERNAL" }],
      "GITHUB_BAD_GATEWAY",
    ],
    [
      "nothing because its limits are exceeded",
      { nodes: [null] },
      [{ message: "Resource limits for this query exceeded.", type: "RESOURCE_LIMITS_EXCEEDED" }],
      "GITHUB_RESOURCE_LIMITS",
    ],
  ])("never takes %s for a deleted repository", async (_what, data, errors, code) => {
    server.handle = answer(200, {}, { data, ...(errors.length > 0 && { errors }) });
    const answers = await client().lookUp([{ nodeId: "R_1" }], options);
    expect(answers).toMatchObject([{ kind: "failed", error: { code } }]);
  });

  it("takes an error below a repository for that repository's", async () => {
    const errors = [
      {
        path: ["nodes", 0, "defaultBranchRef", "target"],
        message: "Something went wrong while executing your query.",
      },
    ];
    const nodes = [repositoryNode("R_1", "a", null), repositoryNode("R_2", "b", OID)];
    server.handle = answer(200, {}, { data: { nodes }, errors });
    const answers = await client().lookUp([{ nodeId: "R_1" }, { nodeId: "R_2" }], options);
    expect(answers).toMatchObject([
      { kind: "failed", error: { code: "GITHUB_TIMEOUT" } },
      { kind: "found", repository: { name: "b" } },
    ]);
  });

  it("says which repository GitHub does not have", async () => {
    const message = "Could not resolve to a Repository with the name 'o/n'.";
    const errors = [{ type: "NOT_FOUND", path: ["named0"], message }];
    server.handle = answer(200, {}, { data: { named0: null }, errors });
    const [one] = await client().lookUp([{ owner: "o", name: "n" }], options);
    expect(one).toMatchObject({
      error: {
        code: "GITHUB_NOT_FOUND",
        message: "GitHub does not have a repository o/n, or the token cannot see it.",
      },
    });
  });
});

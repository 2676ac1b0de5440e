import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GitHub } from "../../src/github/github.js";
import { createOctokitGitHub, type Observed } from "../../src/github/octokit-github.js";
import { GITHUB_ANSWERS } from "../fixtures/github-answers.js";

const TOKEN = "ghp_canary0123456789canary0123456789cana";
const OID = "a".repeat(40);

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

describe("the GitHub client", () => {
  let server: Server;
  let handle: Handler;
  let requests: {
    headers: IncomingMessage["headers"];
    body: { query: string; variables: unknown };
  }[];
  let observed: Observed[];
  let log: string;
  let url: string;

  beforeEach(async () => {
    requests = [];
    observed = [];
    log = "";
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => {
        requests.push({ headers: request.headers, body: JSON.parse(text) });
        handle(request, response, text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const sink = () =>
    new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        done();
      },
    });
  const client = (options: Partial<Parameters<typeof createOctokitGitHub>[0]> = {}): GitHub =>
    createOctokitGitHub({
      apiUrl: url,
      tokens: [TOKEN],
      userAgent: "tracker-test",
      requestTimeoutMs: 5_000,
      logger: pino({ level: "trace" }, sink()),
      observe: (one) => observed.push(one),
      ...options,
    });
  const options = { signal: new AbortController().signal, purpose: "live" as const };
  const page = { nodeId: "R_1", oid: OID, after: null, first: 100 };
  const history = (gitHub: GitHub) => gitHub.history(page, options);
  const answer =
    (status: number, headers: Readonly<Record<string, string>>, body: unknown): Handler =>
    (_request, response) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
  const actor = { name: "A", email: "a@example.org", avatarUrl: null, user: null };
  const commitNode = (oid: string, extra = {}) => ({
    ...{
      oid,
      message: "m",
      authoredDate: "2024-01-01T00:00:00Z",
      committedDate: "2024-01-01T00:00:00Z",
    },
    ...{ author: actor, committer: actor, parents: { totalCount: 0, nodes: [] }, ...extra },
  });
  const historyData = (nodes: unknown[], hasNextPage = false) => ({
    data: {
      node: { object: { history: { nodes, pageInfo: { endCursor: `${OID} 0`, hasNextPage } } } },
      rateLimit: { cost: 1, remaining: 4_321, resetAt: "2030-01-01T00:00:00Z" },
    },
  });

  it("sends its token and name, and reads the limits from the headers of a success", async () => {
    handle = answer(200, { "x-ratelimit-remaining": "4321" }, historyData([commitNode(OID)]));
    expect((await history(client())).commits.map(({ oid }) => oid)).toEqual([OID]);
    expect(requests[0]?.headers).toMatchObject({
      authorization: `bearer ${TOKEN}`,
      "user-agent": "tracker-test",
    });
    expect(observed).toMatchObject([
      { operation: "History", outcome: "ok", points: 1, remaining: 4_321 },
    ]);
  });

  it.each(GITHUB_ANSWERS.filter(({ scope }) => scope === "answer"))(
    "rejects with $code for $name, without its token in the error or the log",
    async ({ status, headers, body, code }) => {
      handle = answer(status, headers, body);
      const error = await history(client()).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ name: "TrackerError", code });
      expect(`${JSON.stringify(error)} ${(error as Error).stack} ${log}`).not.toContain(TOKEN);
    },
  );

  it("sends nothing while GitHub said to wait, and goes on afterwards", async () => {
    let now = Date.UTC(2026, 0, 1);
    const gitHub = client({ now: () => now });
    handle = answer(
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
    expect(requests).toHaveLength(1);
    now += 1;
    handle = answer(200, {}, historyData([commitNode(OID)]));
    await history(gitHub);
    expect(requests).toHaveLength(2);
  });

  it("sets a bad token aside with one line that does not show it, and goes on with the others", async () => {
    const gitHub = client({ tokens: [TOKEN, "second-token"] });
    handle = (request, response, body) =>
      request.headers.authorization === `bearer ${TOKEN}`
        ? answer(401, {}, { message: "Bad credentials" })(request, response, body)
        : answer(200, {}, historyData([commitNode(OID)]))(request, response, body);
    await history(gitHub).catch(() => {});
    await history(gitHub);
    await history(gitHub);
    expect(log.split("\n").filter((line) => line.includes("set aside"))).toHaveLength(1);
    expect(log).not.toContain(TOKEN);
  });

  it("rejects once no token is accepted", async () => {
    const gitHub = client();
    handle = answer(401, {}, { message: "Bad credentials" });
    await expect(history(gitHub)).rejects.toMatchObject({ code: "GITHUB_BAD_CREDENTIALS" });
    await expect(history(gitHub)).rejects.toMatchObject({ code: "GITHUB_BAD_CREDENTIALS" });
    expect(requests).toHaveLength(1);
  });

  it("gives up on an answer that does not come", async () => {
    handle = () => {};
    await expect(history(client({ requestTimeoutMs: 100 }))).rejects.toMatchObject({
      code: "GITHUB_TIMEOUT",
    });
  });

  it("ends at once with the caller's reason when aborted", async () => {
    const abort = new AbortController();
    handle = () => abort.abort(new Error("shutting down"));
    const call = client().history(page, { ...options, signal: abort.signal });
    await expect(call).rejects.toThrow("shutting down");
  });

  it("tells a connection that breaks", async () => {
    handle = (request) => request.socket.destroy();
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
    ["a commit without its date", [commitNode(OID, { committedDate: null })]],
    [
      "half of its parents",
      [commitNode(OID, { parents: { totalCount: 2, nodes: [{ oid: OID }] } })],
    ],
    ["nothing", []],
  ])("does not take a page with %s", async (_what, nodes) => {
    handle = answer(200, {}, historyData(nodes));
    await expect(history(client())).rejects.toMatchObject({ code: "GITHUB_MALFORMED_ANSWER" });
  });

  it("makes text storable: no NUL, no half characters; a missing author has an empty name", async () => {
    const odd = commitNode(OID, { message: "a\u0000b\ud800c 🚀", author: null });
    handle = answer(200, {}, historyData([odd]));
    const [commit] = (await history(client())).commits;
    expect(commit?.message).toBe("a\uFFFDb\uFFFDc 🚀");
    expect(commit?.author).toEqual({ name: "", email: "", login: null, avatarUrl: null });
  });

  it("answers in the order asked, and one failure leaves the others alone", async () => {
    const repository = (id: string, name: string) => ({
      ...{ __typename: "Repository", id, databaseId: 1, name, owner: { login: "o" } },
      ...{ isArchived: false, isDisabled: false, isPrivate: false, pushedAt: null },
      defaultBranchRef: { name: "main", target: { oid: OID } },
    });
    handle = answer(
      200,
      {},
      {
        data: {
          nodes: [repository("R_1", "a"), null],
          named0: null,
          named1: repository("R_2", "b"),
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
    expect(requests).toHaveLength(1);
  });
});

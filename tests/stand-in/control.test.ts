import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { connectGitHubStandIn } from "../../src/github-stand-in/control/control-client.js";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { ask, git, revList } from "./ask.js";

let standIn: GitHubStandIn;

beforeEach(async () => {
  standIn = await startGitHubStandIn();
});
afterEach(() => standIn.stop());

const VIEWER = "query Who { viewer { login } }";
const LOGIN = { viewer: { login: "octocat" } };

describe("faults", () => {
  test("take the requests they name, as often as they say, and leave the others alone", async () => {
    await standIn.injectFault({
      when: { operationName: "Who", nth: 2 },
      answer: { status: 503, headers: { "retry-after": "7" }, body: { message: "later" } },
    });
    expect((await ask(standIn.url, VIEWER)).data).toEqual(LOGIN);
    expect((await ask(standIn.url, "query Other { viewer { login } }")).data).toEqual(LOGIN);
    const hit = await ask(standIn.url, VIEWER);
    expect([hit.status, hit.headers.get("retry-after"), hit.text]).toEqual([
      503,
      "7",
      '{"message":"later"}',
    ]);
    expect((await ask(standIn.url, VIEWER)).data).toEqual(LOGIN);
  });

  test("stay until cleared when they are to stay", async () => {
    const id = await standIn.injectFault({ answer: "timeout-504-json", times: "always" });
    for (const _ of [1, 2, 3]) expect((await ask(standIn.url, VIEWER)).status).toBe(504);
    await standIn.clearFaults(id);
    expect((await ask(standIn.url, VIEWER)).status).toBe(200);
  });

  test.each([
    ["timeout-502-json", 502, /^\{"data":null,"errors":\[\{"message":"Something went wrong/],
    ["timeout-502-html", 502, /^<html>\r\n<head><title>502 Bad Gateway<\/title><\/head>/],
    ["timeout-504-json", 504, /^\{"message":"We couldn't respond to your request in time\./],
    ["timeout-200-json", 200, /^\{"data":null,"errors":\[\{"message":"Something went wrong/],
    ["timedout-200", 200, /"errors":\[\{"message":"timedout"\}\]/],
    ["empty-200", 200, /^\{\}$/],
    ["upstream-503", 503, /^upstream connect error/],
    ["secondary-429", 429, /exceeded a secondary rate limit/],
    ["bad-credentials", 401, /^\{"message":"Bad credentials"/],
  ] as const)("can be GitHub's %s", async (answer, status, text) => {
    await standIn.injectFault({ answer });
    const hit = await fetch(`${standIn.url}/graphql`, {
      method: "POST",
      headers: { authorization: "bearer stand-in-token" },
      body: JSON.stringify({ query: VIEWER }),
    });
    expect(hit.status).toBe(status);
    expect(hit.headers.get("x-ratelimit-remaining")).toBeNull();
    expect(await hit.text()).toMatch(text);
  });

  test("can reset the connection, cut the answer, or never answer", async () => {
    await standIn.injectFault({ answer: "reset" });
    await expect(ask(standIn.url, VIEWER)).rejects.toThrow();
    await standIn.injectFault({ answer: "cut" });
    await expect(ask(standIn.url, VIEWER)).rejects.toThrow();
    await standIn.injectFault({ answer: "hang" });
    const hanging = fetch(`${standIn.url}/graphql`, {
      method: "POST",
      headers: { authorization: "bearer stand-in-token" },
      body: JSON.stringify({ query: VIEWER }),
      signal: AbortSignal.timeout(150),
    });
    await expect(hanging).rejects.toThrow(/timeout/);
    expect((await ask(standIn.url, VIEWER)).data).toEqual(LOGIN);
  });

  test("can spoil one field of one repository and keep the rest", async () => {
    const one = await standIn.addRepository({ owner: "acme", name: "good" });
    const two = await standIn.addRepository({ owner: "acme", name: "bad" });
    await standIn.injectFault({
      answer: {
        fieldError: {
          field: "Repository.defaultBranchRef",
          repository: "acme/bad",
          type: "RESOURCE_LIMITS_EXCEEDED",
          message: "Resource limits for this query exceeded.",
        },
      },
    });
    const answer = await ask(
      standIn.url,
      "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { name defaultBranchRef { name } } } }",
      { ids: [one.id, two.id] },
    );
    expect(answer.data).toEqual({
      nodes: [
        { name: "good", defaultBranchRef: null },
        { name: "bad", defaultBranchRef: null },
      ],
    });
    expect(answer.errors).toMatchObject([
      { type: "RESOURCE_LIMITS_EXCEEDED", path: ["nodes", 1, "defaultBranchRef"] },
    ]);
  });

  test("can silently truncate a history", async () => {
    await standIn.addRepository({ owner: "acme", name: "cut" });
    await standIn.commit(
      "acme/cut",
      Array.from({ length: 9 }, (_, n) => ({ message: `${n}` })),
    );
    await standIn.injectFault({ answer: { historyItemsMax: 4 } });
    const answer = await ask<{ repository: { object: { history: unknown } } }>(
      standIn.url,
      '{ repository(owner: "acme", name: "cut") { object(expression: "main") { ... on Commit { history(first: 100) { totalCount pageInfo { hasNextPage } nodes { message } } } } } }',
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.data.repository.object.history).toEqual({
      totalCount: 4,
      pageInfo: { hasNextPage: false },
      nodes: ["8", "7", "6", "5"].map((message) => ({ message })),
    });
  });
});

describe("the log", () => {
  test("keeps each request with its price and counts them by operation", async () => {
    await ask(standIn.url, VIEWER);
    await ask(standIn.url, "query Look($id: ID!) { node(id: $id) { id } }", { id: "nothing" });
    await ask(standIn.url, VIEWER, {}, { authorization: "bearer nobody" });
    expect(await standIn.countOperations()).toEqual({
      Who: { requests: 2, points: 1 },
      Look: { requests: 1, points: 1 },
    });
    expect(await standIn.listRequests()).toMatchObject([
      { operationName: "Who", user: "octocat", status: 200, cost: 1, bytes: 39 },
      { operationName: "Look", variables: { id: "nothing" }, cost: 1 },
      { operationName: "Who", user: null, status: 401, cost: 0 },
    ]);
    await standIn.reset();
    expect(await standIn.listRequests()).toEqual([]);
  });
});

describe("the control interface", () => {
  test("does the same over HTTP as in the process", async () => {
    const remote = connectGitHubStandIn(standIn.url);
    const facts = await remote.addRepository({ owner: "acme", name: "remote" });
    const oids = await remote.commit("acme/remote", [
      { message: "one" },
      { message: "other root", parents: [] },
      { message: "merge", parents: [":0", ":1"] },
    ]);
    expect(git(facts.gitDir, ["rev-parse", "main", "main^1", "main^2"]).split("\n")).toEqual([
      oids[2],
      oids[0],
      oids[1],
    ]);
    expect(await remote.describeRepository("acme/remote")).toMatchObject({ headOid: oids[2] });
    expect(await remote.rename("acme/remote", "renamed")).toMatchObject({
      id: facts.id,
      nameWithOwner: "acme/renamed",
    });
    await remote.injectFault({ answer: "timeout-502-html" });
    expect((await ask(standIn.url, VIEWER)).status).toBe(502);
    expect(await remote.listRequests("Who")).toMatchObject([{ status: 502 }]);
    await expect(remote.deleteRepository("acme/none")).rejects.toThrow("acme/none");
  });

  test("takes no orders from web pages, and answers nothing else", async () => {
    const fromPage = await fetch(`${standIn.url}/_control/reset`, {
      method: "POST",
      headers: { origin: "https://example.com" },
      body: "[]",
    });
    expect(fromPage.status).toBe(404);
    for (const verb of ["stop", "constructor", "nonsense"]) {
      const response = await fetch(`${standIn.url}/_control/${verb}`, { method: "POST" });
      expect(response.status).toBe(404);
    }
    expect((await fetch(standIn.url)).status).toBe(404);
  });

  test("writes pushes to one repository one after the other", async () => {
    const { gitDir } = await standIn.addRepository({ owner: "acme", name: "busy" });
    const pushes = Array.from({ length: 12 }, (_, n) =>
      standIn.commit("acme/busy", [{ message: `${n}` }]),
    );
    const oids = (await Promise.all(pushes)).flat();
    expect(revList(gitDir, "main")).toEqual(oids.reverse());
  });

  test("serves a git repository that is there already, and leaves it there", async () => {
    const source = await standIn.addRepository({ owner: "acme", name: "source" });
    const [oid] = await standIn.commit("acme/source", [{ message: "one" }]);
    const other = await startGitHubStandIn();
    try {
      const facts = await other.addRepository({
        owner: "acme",
        name: "mirror",
        gitDir: source.gitDir,
      });
      expect(facts.headOid).toBe(oid);
    } finally {
      await other.stop();
    }
    expect(existsSync(source.gitDir)).toBe(true);
    await standIn.stop();
    expect(existsSync(source.gitDir)).toBe(false);
    standIn = await startGitHubStandIn();
  });

  test("refuses a name that is taken, and a port that is taken", async () => {
    await standIn.addRepository({ owner: "acme", name: "taken" });
    await expect(standIn.addRepository({ owner: "ACME", name: "Taken" })).rejects.toThrow(
      "already",
    );
    await standIn.addRepository({ owner: "acme", name: "free" });
    await expect(standIn.rename("acme/free", "taken")).rejects.toThrow("already");
    await expect(startGitHubStandIn({ port: standIn.port })).rejects.toThrow("EADDRINUSE");
  });
});

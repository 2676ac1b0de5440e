import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CommitsTold, GitHub } from "../../src/github/github.js";
import type { Observed } from "../../src/github/github-observer.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import { ledgerThatKnows } from "../support/budget.js";
import {
  type AnsweringServer,
  answer,
  commitNode,
  historyBody,
  parents,
  startAnsweringServer,
} from "./answering-server.js";

const TOKEN = "ghp_odd0123456789odd0123456789odd0123456";
const [A, B, C, D] = ["a", "b", "c", "d"].map((digit) => digit.repeat(40)) as [
  ...[string, string, string, string],
];
const NODES = ["node", "object", "history", "nodes"];
const options = { signal: new AbortController().signal, purpose: "live" as const };
const account = { name: "A", email: "a@example.org", avatarUrl: "https://a.example/1" };
const line = [
  commitNode(A, { parents: parents([B]) }),
  commitNode(B, { parents: parents([C]) }),
  commitNode(C, { parents: parents([D]) }),
  commitNode(D),
];
const oidsOf = ({ commits }: CommitsTold) => commits.map(({ oid }) => oid);
const oddOf = ({ odd }: CommitsTold) => odd.map(({ oid, error }) => [oid, error.code]);

describe("one odd commit in an answer", () => {
  let server: AnsweringServer;
  let gitHub: GitHub;
  let observed: Observed[];
  beforeAll(async () => {
    server = await startAnsweringServer();
  });
  beforeEach(async () => {
    observed = [];
    gitHub = createOctokitGitHub({
      ...{ apiUrl: server.url, tokens: [TOKEN], ledger: await ledgerThatKnows([TOKEN]) },
      ...{ userAgent: "tracker-test", requestTimeoutMs: 5_000, logger: pino({ level: "silent" }) },
      observer: { request: (one) => observed.push(one) },
    });
  });
  afterAll(() => server.stop());

  async function history(nodes: readonly unknown[], errors: readonly unknown[] = []) {
    server.handle = answer(
      200,
      {},
      { ...historyBody(nodes), ...(errors.length > 0 && { errors }) },
    );
    return await gitHub.history({ nodeId: "R_1", oid: A, after: null, first: 100 }, options);
  }

  const replaced = (place: number, node: unknown) => line.with(place, node as (typeof line)[0]);

  it.each<{ what: string; node: unknown; error?: object; odd: unknown }>([
    { what: "null", node: null, odd: [null, "GITHUB_MALFORMED_ANSWER"] },
    {
      what: "null, with an error",
      node: null,
      error: { type: "SERVICE_UNAVAILABLE", path: [...NODES, 2], message: "unavailable" },
      odd: [null, "GITHUB_BAD_GATEWAY"],
    },
    {
      what: "null, with an error inside of it",
      node: null,
      error: { path: [...NODES, 2, "message"], message: "timed out" },
      odd: [null, "GITHUB_TIMEOUT"],
    },
    { what: "no commit", node: "HEAD", odd: [null, "GITHUB_MALFORMED_ANSWER"] },
    { what: "an empty object", node: {}, odd: [null, "GITHUB_MALFORMED_ANSWER"] },
    {
      what: "no object id",
      node: commitNode("HEAD"),
      odd: [null, "GITHUB_MALFORMED_ANSWER"],
    },
    {
      what: "without its date",
      node: commitNode(C, { committedDate: null }),
      odd: [C, "GITHUB_MALFORMED_ANSWER"],
    },
    {
      what: "with a parent that is null",
      node: commitNode(C, { parents: { ...parents([]), totalCount: 1, nodes: [null] } }),
      error: { type: "NOT_FOUND", path: [...NODES, 2, "parents", "nodes", 0], message: "gone" },
      odd: [C, "GITHUB_NOT_FOUND"],
    },
    {
      what: "with half of its parents and no way to the others",
      node: commitNode(C, { parents: parents([D], { totalCount: 2 }) }),
      odd: [C, "GITHUB_MALFORMED_ANSWER"],
    },
    {
      what: "whose author is lost with the account",
      node: commitNode(C, { author: null, parents: parents([D]) }),
      error: { path: [...NODES, 2, "author", "avatarUrl"], message: "Something broke." },
      odd: [C, "GITHUB_BAD_GATEWAY"],
    },
  ])("on a page, $what: the others are told, and it is named", async ({ node, error, odd }) => {
    const page = await history(replaced(2, node), error === undefined ? [] : [error]);
    expect(oidsOf(page)).toEqual([A, B, D]);
    expect(oddOf(page)).toEqual([odd]);
  });

  it.each(["author", "committer"])(
    "a failing account of the %s leaves the commit good",
    async (who) => {
      const errors = ["user", "avatarUrl"].map((field) => ({
        ...{ type: "SERVICE_UNAVAILABLE", path: [...NODES, 2, who, field], message: "unavailable" },
      }));
      const lost = { ...account, user: null, avatarUrl: null };
      const page = await history(
        replaced(2, commitNode(C, { [who]: lost, parents: parents([D]) })),
        errors,
      );
      expect(oidsOf(page)).toEqual([A, B, C, D]);
      expect(page.odd).toEqual([]);
      const { name, email } = account;
      expect(page.commits[2]).toMatchObject({
        [who]: { name, email, login: null, avatarUrl: null },
      });
    },
  );

  it("a start that is not told has the id that was asked for", async () => {
    const page = await history([null, ...line.slice(1)]);
    expect(oidsOf(page)).toEqual([B, C, D]);
    expect(oddOf(page)).toEqual([[A, "GITHUB_MALFORMED_ANSWER"]]);
  });

  it.each([["node"], ["node", "object"], NODES.slice(0, 3), NODES])(
    "an error around the commits is none of one: nothing is told (%s)",
    async (...path) => {
      const error = { type: "SERVICE_UNAVAILABLE", path, message: "unavailable" };
      await expect(history(line, [error])).rejects.toMatchObject({ code: "GITHUB_BAD_GATEWAY" });
    },
  );

  async function firstParents(
    nodes: Readonly<Record<string, unknown>>,
    { starts = [A], length = 4, errors = [] as readonly unknown[] } = {},
  ) {
    server.handle = answer(
      200,
      {},
      { data: { node: nodes }, ...(errors.length > 0 && { errors }) },
    );
    const chains = starts.map((oid) => ({ oid, length }));
    return await gitHub.firstParents({ nodeId: "R_1", chains }, options);
  }
  const chain = (nodes: readonly unknown[], index = 0) =>
    Object.fromEntries(nodes.map((node, place) => [`c${index}_${place}`, node]));

  it("a chain is told to its root", async () => {
    expect(await firstParents(chain(line))).toMatchObject({ odd: [] });
    const short = await firstParents(chain([...line.slice(2), null, null]), { starts: [C] });
    expect([oidsOf(short), short.odd]).toEqual([[C, D], []]);
  });

  it.each<{ what: string; nodes: readonly unknown[]; oids: string[]; odd: unknown[] }>([
    {
      what: "another start than asked for",
      nodes: line.slice(1),
      oids: [],
      odd: [[A, "GITHUB_MALFORMED_ANSWER"]],
    },
    {
      what: "another parent than the one before names",
      nodes: [line[0], line[2], line[3], null],
      oids: [A],
      odd: [[B, "GITHUB_MALFORMED_ANSWER"]],
    },
    {
      what: "a hole",
      nodes: replaced(1, null),
      oids: [A, C, D],
      odd: [[B, "GITHUB_MALFORMED_ANSWER"]],
    },
    {
      what: "an end where a parent has to follow",
      nodes: [line[0], line[1], null, null],
      oids: [A, B],
      odd: [[C, "GITHUB_MALFORMED_ANSWER"]],
    },
    {
      what: "something that is no commit",
      nodes: replaced(2, "HEAD"),
      oids: [A, B, D],
      odd: [[C, "GITHUB_MALFORMED_ANSWER"]],
    },
    {
      what: "a start that GitHub does not have",
      nodes: [null, null, null, null],
      oids: [],
      odd: [[A, "GITHUB_NOT_FOUND"]],
    },
    {
      what: "a parent of a root",
      nodes: [commitNode(A), line[1]],
      oids: [A],
      odd: [],
    },
  ])("in a chain, $what: what is sure is told, and what is missing named", async (given) => {
    const told = await firstParents(chain(given.nodes));
    expect([oidsOf(told), oddOf(told)]).toEqual([given.oids, given.odd]);
  });

  it("in one chain leaves the others as they are", async () => {
    const nodes = { ...chain([null, null]), ...chain(line.slice(2), 1) };
    const errors = [
      { type: "SERVICE_UNAVAILABLE", path: ["node", "c0_0"], message: "A commit is unavailable." },
    ];
    const told = await firstParents(nodes, { starts: [B, C], length: 2, errors });
    expect(oidsOf(told)).toEqual([C, D]);
    expect(told.odd).toMatchObject([{ oid: B, error: { message: "A commit is unavailable." } }]);
  });

  it("a start that is gone says so, for whoever may go on without it", async () => {
    const told = await firstParents(
      { ...chain([null]), ...chain([line[3]], 1) },
      {
        ...{ starts: [B, D], length: 1 },
      },
    );
    expect(oidsOf(told)).toEqual([D]);
    expect(told.odd).toMatchObject([
      { oid: B, error: { code: "GITHUB_NOT_FOUND", details: { missingOid: B } } },
    ]);
  });

  it("a commit whose accounts fail is had without them", async () => {
    const own = commitNode(C, { author: { name: "A", email: "a@example.org" } });
    server.handle = answer(200, {}, { data: { node: { c0_0: own } } });
    const chains = [{ oid: C, length: 1 }];
    const told = await gitHub.firstParents({ nodeId: "R_1", chains, isOfGitAlone: true }, options);
    expect(told.commits).toMatchObject([
      { oid: C, author: { ...account, login: null, avatarUrl: null } },
    ]);
    const sent = server.requests.at(-1)?.body.query;
    expect(sent).not.toMatch(/avatarUrl|user/);
  });
});

describe("a commit with more parents than a page holds", () => {
  const oids = Array.from({ length: 250 }, (_, index) => index.toString(16).padStart(40, "0"));
  const octopus = commitNode(A, {
    parents: parents(oids.slice(0, 100), { totalCount: 250, endCursor: "99" }),
  });
  let server: AnsweringServer;
  let observed: Observed[];
  beforeAll(async () => {
    server = await startAnsweringServer();
  });
  afterAll(() => server.stop());

  async function ask(parentsAfter: (after: string) => unknown): Promise<CommitsTold> {
    observed = [];
    const gitHub = createOctokitGitHub({
      ...{ apiUrl: server.url, tokens: [TOKEN], ledger: await ledgerThatKnows([TOKEN]) },
      ...{ userAgent: "tracker-test", requestTimeoutMs: 5_000, logger: pino({ level: "silent" }) },
      observer: { request: (one) => observed.push(one) },
    });
    server.handle = (request, response) => {
      const { query, variables } = server.requests.at(-1)?.body ?? {};
      const { after } = variables as { after: string };
      const body = query?.startsWith("query Parents")
        ? parentsAfter(after)
        : historyBody([octopus, commitNode(B)]);
      answer(200, {}, body)(request, response);
    };
    return await gitHub.history({ nodeId: "R_1", oid: A, after: null, first: 100 }, options);
  }
  const pageOf = (shown: ReturnType<typeof parents>) => ({
    data: { node: { object: { parents: shown } } },
  });

  it("has all of them, in their order, for a request for each further hundred", async () => {
    const told = await ask((after) => {
      const start = Number(after) + 1;
      const end = start + 100;
      return pageOf(
        parents(oids.slice(start, end), {
          ...{ totalCount: 250, endCursor: end < 250 ? String(end - 1) : null },
        }),
      );
    });
    expect(told.commits.map(({ parents: all }) => all)).toEqual([oids, []]);
    expect(told.odd).toEqual([]);
    expect(observed.map(({ operation }) => operation)).toEqual(["History", "Parents", "Parents"]);
  });

  it.each<{ what: string; body: unknown; code: string }>([
    {
      what: "that GitHub does not tell",
      body: { data: { node: { object: null } } },
      code: "GITHUB_NOT_FOUND",
    },
    {
      what: "that end before they are all there",
      body: pageOf(parents(oids.slice(100, 200), { totalCount: 250 })),
      code: "GITHUB_MALFORMED_ANSWER",
    },
    {
      what: "that never end",
      body: pageOf(parents(oids.slice(0, 1), { totalCount: 250, endCursor: "again" })),
      code: "GITHUB_MALFORMED_ANSWER",
    },
  ])("is odd with further parents $what, and the others are told", async ({ body, code }) => {
    const told = await ask(() => body);
    expect([oidsOf(told), oddOf(told)]).toEqual([[B], [[A, code]]]);
    expect(observed.length).toBeLessThanOrEqual(101);
  });

  it("is asked for again as a whole when nobody may ask any more", async () => {
    const limited = { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }] };
    await expect(ask(() => limited)).rejects.toMatchObject({ code: "GITHUB_RATE_LIMITED" });
  });
});

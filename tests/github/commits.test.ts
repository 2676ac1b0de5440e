import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CommitsTold, GitHub } from "../../src/github/github.js";
import type { Observed } from "../../src/github/github-observer.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import { STAND_IN_TOKEN, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { ledgerThatKnows } from "../support/budget.js";
import { mergyHistory, revList } from "../support/histories.js";
import {
  type AnsweringServer,
  answer,
  commitNode,
  parents,
  startAnsweringServer,
} from "./answering-server.js";

const options = { signal: new AbortController().signal, purpose: "backfill" as const };
const logger = pino({ level: "silent" });
const [A, B, C] = ["a", "b", "c"].map((digit) => digit.repeat(40)) as [string, string, string];
const oidsOf = ({ commits }: CommitsTold) => commits.map(({ oid }) => oid);
const oddOf = ({ odd }: CommitsTold) => odd.map(({ oid, error }) => [oid, error.code]);

describe("commits by their ids", () => {
  it("are those of whichever repositories, as a history tells them, for one point", async () => {
    const standIn = await startGitHubStandIn();
    try {
      await standIn.linkEmail("nobody@example.org", "octocat");
      const names = ["one", "two"];
      for (const name of names) {
        await standIn.addRepository({ owner: "o", name });
        await standIn.commit(`o/${name}`, mergyHistory(60));
      }
      const observed: Observed[] = [];
      const gitHub = createOctokitGitHub({
        ...{ apiUrl: standIn.url, tokens: [STAND_IN_TOKEN], userAgent: "tracker-test" },
        ...{ ledger: createInMemoryBudgetLedger(), requestTimeoutMs: 10_000, logger },
        observer: { request: (one) => observed.push(one) },
      });
      const facts = await Promise.all(names.map((name) => standIn.describeRepository(`o/${name}`)));
      const wanted = await Promise.all(
        facts.map(async ({ id, gitDir }) => ({
          nodeId: id,
          oids: (await revList(gitDir, "main")).slice(0, 40),
        })),
      );
      const told = await gitHub.commits(wanted, options);
      expect(observed.at(-1)).toMatchObject({ operation: "Commits", points: 1, outcome: "ok" });
      for (const [place, { nodeId, oids }] of wanted.entries()) {
        const request = { nodeId, oid: oids[0] ?? "", after: null, first: 40 };
        const { commits } = await gitHub.history(request, options);
        expect(told[place]).toEqual({ commits, odd: [] });
        for (const { author } of commits) expect(author.avatarUrl).not.toBeNull();
      }
    } finally {
      await standIn.stop();
    }
  });

  describe("where something is wrong", () => {
    let server: AnsweringServer;
    let gitHub: GitHub;
    beforeAll(async () => {
      server = await startAnsweringServer();
    });
    beforeEach(async () => {
      gitHub = createOctokitGitHub({
        ...{ apiUrl: server.url, tokens: ["t"], ledger: await ledgerThatKnows(["t"]) },
        ...{ userAgent: "tracker-test", requestTimeoutMs: 5_000, logger },
      });
    });
    afterAll(() => server.stop());

    const wanted = [
      { nodeId: "R_1", oids: [A, B] },
      { nodeId: "R_2", oids: [C] },
    ];
    const ask = async (data: unknown, errors: readonly object[] = []) => {
      server.handle = answer(200, {}, { data, ...(errors.length > 0 && { errors }) });
      return await gitHub.commits(wanted, options);
    };
    const whole = { r0: { c0: commitNode(A), c1: commitNode(B) }, r1: { c0: commitNode(C) } };

    it.each<{ what: string; data: unknown; errors: readonly object[]; odd: unknown }>([
      {
        what: "a commit that is not there",
        data: { ...whole, r0: { ...whole.r0, c1: null } },
        errors: [],
        odd: [B, "GITHUB_NOT_FOUND"],
      },
      {
        what: "one that fails",
        data: { ...whole, r0: { ...whole.r0, c1: null } },
        errors: [{ path: ["r0", "c1"], message: "timed out" }],
        odd: [B, "GITHUB_TIMEOUT"],
      },
      {
        what: "another one than asked for",
        data: { ...whole, r0: { ...whole.r0, c1: commitNode(C) } },
        errors: [],
        odd: [B, "GITHUB_MALFORMED_ANSWER"],
      },
    ])("with $what, the others are told", async ({ data, errors, odd }) => {
      const [one, two] = await ask(data, errors);
      expect([one && oidsOf(one), two && oidsOf(two)]).toEqual([[A], [C]]);
      expect([one && oddOf(one), two && oddOf(two)]).toEqual([[odd], []]);
    });

    it("with a repository that is gone, those of the others are told", async () => {
      const errors = [{ type: "NOT_FOUND", path: ["r0"], message: "gone" }];
      const [one, two] = await ask({ ...whole, r0: null }, errors);
      expect(one && oddOf(one)).toEqual([
        [A, "GITHUB_NOT_FOUND"],
        [B, "GITHUB_NOT_FOUND"],
      ]);
      expect(one?.odd[0]?.error.details.missingOid).toBeUndefined();
      expect(two && oidsOf(two)).toEqual([C]);
    });

    it("with one account alone, nothing is told of that one", async () => {
      const actor = { name: "A", email: "a@example.org", avatarUrl: "https://a.example/1" };
      const node = commitNode(A, { author: { ...actor, user: null }, committer: actor });
      const errors = [{ path: ["r0", "c0", "author", "user"], message: "broken" }];
      const [one] = await ask({ ...whole, r0: { ...whole.r0, c0: node } }, errors);
      const { name, email, avatarUrl } = actor;
      expect(one?.commits[0]).toMatchObject({
        author: { name, email, login: null, avatarUrl: null },
        committer: { name, email, login: null, avatarUrl },
      });
    });

    it("with all of the answer, nothing is told", async () => {
      await expect(ask(null, [{ message: "timed out" }])).rejects.toMatchObject({
        code: "GITHUB_TIMEOUT",
      });
    });

    it("with a commit of many parents, all of them are asked for in its repository", async () => {
      const oids = Array.from({ length: 150 }, (_, index) => index.toString(16).padStart(40, "0"));
      const cut = parents(oids.slice(0, 100), { totalCount: 150, endCursor: "99" });
      const rest = { ...parents(oids.slice(100)), totalCount: 150 };
      server.handle = (request, response) => {
        const isRest = server.requests.at(-1)?.body.query.includes("query Parents") === true;
        const r1 = { c0: commitNode(C, { parents: cut }) };
        const data = isRest ? { node: { object: { parents: rest } } } : { ...whole, r1 };
        answer(200, {}, { data })(request, response);
      };
      const [, two] = await gitHub.commits(wanted, options);
      expect(two?.commits[0]?.parents).toEqual(oids);
      expect(server.requests.at(-1)?.body.variables).toMatchObject({ id: "R_2", oid: C });
    });
  });
});

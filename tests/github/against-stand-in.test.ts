import { execFileSync } from "node:child_process";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Commit } from "../../src/domain/commit.js";
import type { GitHub } from "../../src/github/github.js";
import type { Observed } from "../../src/github/github-observer.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import type { RepositoryFacts } from "../../src/github-stand-in/control/control.js";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { mergyHistory, revList } from "../support/histories.js";

const options = { signal: new AbortController().signal, purpose: "live" as const };

describe("the GitHub client over real git repositories", () => {
  let standIn: GitHubStandIn;
  let repository: RepositoryFacts;
  let observed: Observed[];

  beforeAll(async () => {
    standIn = await startGitHubStandIn();
    await standIn.addRepository({ owner: "o", name: "merges" });
    await standIn.commit("o/merges", mergyHistory(300));
    repository = await standIn.describeRepository("o/merges");
    await standIn.addRepository({ owner: "o", name: "empty" });
  });
  afterAll(() => standIn.stop());

  const client = (tokens = [STAND_IN_TOKEN], requestTimeoutMs = 10_000): GitHub => {
    observed = [];
    return createOctokitGitHub({
      ledger: createInMemoryBudgetLedger(),
      ...{ apiUrl: standIn.url, tokens, userAgent: "tracker-test", requestTimeoutMs },
      logger: pino({ level: "silent" }),
      observer: { request: (one) => observed.push(one) },
    });
  };
  const headOf = ({ headOid }: RepositoryFacts): string => {
    if (headOid === null) throw new Error("the repository is empty");
    return headOid;
  };
  const first = (gitHub: GitHub, facts = repository) =>
    gitHub.history({ nodeId: facts.id, oid: headOf(facts), after: null, first: 100 }, options);

  async function walk(gitHub: GitHub, facts: RepositoryFacts): Promise<Commit[]> {
    const commits: Commit[] = [];
    let after: string | null = null;
    do {
      const request = { nodeId: facts.id, oid: headOf(facts), after, first: 100 };
      const page = await gitHub.history(request, options);
      commits.push(...page.commits);
      after = page.hasNextPage ? page.endCursor : null;
    } while (after !== null);
    return commits;
  }

  it("walks a history of merges page by page: git's commits, each once, with git's facts", async () => {
    const commits = await walk(client(), repository);
    expect(commits.map(({ oid }) => oid)).toEqual(await revList(repository.gitDir, "main"));
    const format = "--format=%H%x00%P%x00%an%x00%ae%x00%at%x00%ct%x00%s";
    const told = execFileSync("git", ["--git-dir", repository.gitDir, "log", format, "main"], {
      encoding: "utf8",
    });
    const lines = commits.map(({ oid, parents, author, authoredAt, committedAt, message }) =>
      [
        ...[oid, parents.join(" "), author.name, author.email],
        ...[authoredAt.getTime() / 1_000, committedAt.getTime() / 1_000, message.split("\n")[0]],
      ].join("\0"),
    );
    expect(lines.join("\n")).toBe(told.trimEnd());
    const [viewer, ...pages] = observed;
    expect(viewer).toMatchObject({ operation: "Viewer", outcome: "ok", login: undefined });
    expect(pages).toHaveLength(Math.ceil(commits.length / 100));
    expect(pages.every(({ points, outcome }) => points === 1 && outcome === "ok")).toBe(true);
    expect(pages.every(({ remaining }) => remaining !== undefined)).toBe(true);
    expect(new Set(pages.map(({ login }) => login))).toEqual(new Set(["octocat"]));
  });

  it("looks at repositories by id and name at once: found, empty, renamed and missing", async () => {
    const renamed = await standIn.addRepository({ owner: "o", name: "before" });
    await standIn.rename("o/before", "after");
    const answers = await client().lookUp(
      [
        { nodeId: repository.id },
        { owner: "o", name: "empty" },
        { owner: "o", name: "nothing" },
        { owner: "O", name: "Before" },
        { nodeId: "R_kgDOabcdefg" },
      ],
      options,
    );
    expect(answers).toMatchObject([
      { repository: { name: "merges", defaultBranch: { headOid: repository.headOid } } },
      { repository: { name: "empty", defaultBranch: null } },
      { error: { code: "GITHUB_NOT_FOUND", message: expect.stringContaining("o/nothing") } },
      { repository: { nodeId: renamed.id, name: "after" } },
      { error: { code: "GITHUB_NOT_FOUND" } },
    ]);
    expect(observed).toMatchObject([{ operation: "Viewer" }, { outcome: "ok", points: 1 }]);
  });

  it("looks at a hundred repositories for one point", async () => {
    const refs = Array.from({ length: 100 }, () => ({ nodeId: repository.id }));
    const answers = await client().lookUp(refs, options);
    expect(answers.filter(({ kind }) => kind === "found")).toHaveLength(100);
    expect(observed).toMatchObject([{ operation: "Viewer" }, { points: 1 }]);
  });

  it("counts a history with its page where that is asked for, for no point more", async () => {
    const commits = await revList(repository.gitDir, "main");
    const request = { nodeId: repository.id, oid: headOf(repository), after: null, first: 10 };
    const { commits: page, totalCount } = await client().history(
      { ...request, isCounted: true },
      options,
    );
    expect([page.length, totalCount]).toEqual([10, commits.length]);
    expect(observed.at(-1)).toMatchObject({ operation: "History", points: 1 });
    expect((await client().history(request, options)).totalCount).toBeNull();
  });

  it("names a commit that is not there, and a cursor that is none", async () => {
    const missing = { nodeId: repository.id, oid: "0123456789".repeat(4), after: null, first: 1 };
    await expect(client().history(missing, options)).rejects.toMatchObject({
      code: "GITHUB_NOT_FOUND",
      details: { missingOid: missing.oid },
    });
    const lost = { ...missing, oid: headOf(repository), after: "not a cursor" };
    await expect(client().history(lost, options)).rejects.toMatchObject({
      code: "GITHUB_BAD_CURSOR",
    });
  });

  it.each([
    ["hang", "GITHUB_TIMEOUT"],
    ["reset", "GITHUB_UNREACHABLE"],
    ["cut", "GITHUB_UNREACHABLE"],
  ] as const)("tells an answer that does not come whole: %s", async (fault, code) => {
    await standIn.injectFault({ when: { operationName: "History" }, answer: fault });
    await expect(first(client([STAND_IN_TOKEN], 300))).rejects.toMatchObject({ code });
    expect((await first(client())).commits).toHaveLength(100);
  });

  it("does not ask again before the reset of an hour that is used up", async () => {
    await standIn.addUser({ login: "poor", databaseId: 7, tokens: ["poor-user-token"] });
    await standIn.setBudget("poor", { remaining: 2, resetInMs: 600_000 }); // one to ask whose it is
    const gitHub = client(["poor-user-token"]);
    expect((await first(gitHub)).commits).toHaveLength(100); // the last point is answered
    const before = await standIn.countOperations();
    await expect(first(gitHub)).rejects.toMatchObject({ code: "GITHUB_RATE_LIMITED" });
    expect(await standIn.countOperations()).toEqual(before);
  });

  it("goes on with another token when one is revoked", async () => {
    await standIn.addUser({ login: "gone", databaseId: 8, tokens: ["gone-user-token"] });
    await standIn.revokeToken("gone-user-token");
    const gitHub = client(["gone-user-token", STAND_IN_TOKEN]);
    expect((await first(gitHub)).commits).toHaveLength(100);
    expect(observed.map(({ outcome }) => outcome)).toEqual(["GITHUB_BAD_CREDENTIALS", "ok", "ok"]);
  });
});

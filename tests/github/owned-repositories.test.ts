import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { GitHub, OwnedRepository } from "../../src/github/github.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { createOctokitGitHub } from "../../src/github/octokit-github.js";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";

const options = { signal: new AbortController().signal, purpose: "live" as const };

describe("an owner's repositories, asked of GitHub", () => {
  let standIn: GitHubStandIn;
  let gitHub: GitHub;
  let points: number;
  beforeAll(async () => {
    standIn = await startGitHubStandIn();
    for (let index = 0; index < 7; index += 1) {
      await standIn.addRepository({ owner: "Acme", name: `r${index}`, diskUsage: 100 * index });
    }
    await standIn.addRepository({ owner: "Acme", name: "fork", isFork: true });
    await standIn.addRepository({ owner: "Acme", name: "old", isArchived: true });
    await standIn.addRepository({ owner: "Acme", name: "secret", isPrivate: true });
    await standIn.addRepository({ owner: "octocat", name: "own" });
    await standIn.addUser({ login: "nobody-yet", tokens: [] });
    points = 0;
    gitHub = createOctokitGitHub({
      ledger: createInMemoryBudgetLedger(),
      ...{ apiUrl: standIn.url, tokens: [STAND_IN_TOKEN], userAgent: "tracker-test" },
      requestTimeoutMs: 10_000,
      logger: pino({ level: "silent" }),
      observer: {
        request(one) {
          if (one.operation === "OwnedRepositories") points += one.points;
        },
      },
    });
  });
  afterAll(() => standIn.stop());
  afterEach(() => standIn.clearFaults());

  const request = {
    ...{ login: "acme", includeForks: false, includeArchived: false },
    ...{ after: null as string | null, first: 100 },
  };
  const namesOf = (repositories: readonly OwnedRepository[]) =>
    repositories.map(({ name }) => name);
  const sources = Array.from({ length: 7 }, (_, index) => `r${index}`);

  it("come page by page, each once, in the order in which they were made, at a point a page", async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page = await gitHub.ownedRepositories({ ...request, after, first: 3 }, options);
      expect(page).toMatchObject({ login: "Acme", totalCount: 7, hiddenCount: 0 });
      seen.push(...namesOf(page.repositories));
      after = page.hasNextPage ? page.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(sources);
    expect(points).toBe(3);
  });

  it("have the facts that adding them takes", async () => {
    const { repositories } = await gitHub.ownedRepositories(request, options);
    const { id, databaseId } = await standIn.describeRepository("acme/r3");
    expect(repositories[3]).toEqual({
      ...{ nodeId: id, databaseId, owner: "Acme", name: "r3", diskKiB: 300 },
      ...{ isFork: false, isArchived: false, isPrivate: false },
    });
  });

  it("leave out forks and archived ones unless they are wanted, and what the token may not know of", async () => {
    const of = async (wanted: Partial<typeof request>) =>
      namesOf((await gitHub.ownedRepositories({ ...request, ...wanted }, options)).repositories);
    expect(await of({ includeForks: true })).toEqual([...sources, "fork"]);
    expect(await of({ includeArchived: true })).toEqual([...sources, "old"]);
    expect(await of({ includeForks: true, includeArchived: true })).toHaveLength(9);
  });

  it("are a user's too, and none is an answer", async () => {
    const own = await gitHub.ownedRepositories({ ...request, login: "OctoCat" }, options);
    expect(own).toMatchObject({ login: "octocat", totalCount: 1, repositories: [{ name: "own" }] });
    const none = await gitHub.ownedRepositories({ ...request, login: "nobody-yet" }, options);
    expect(none).toMatchObject({ totalCount: 0, repositories: [], hasNextPage: false });
  });

  it("that GitHub counts and does not show are told as hidden, and hide no other", async () => {
    await standIn.setFlags("acme/r2", { refusal: "saml" });
    const page = await gitHub.ownedRepositories(request, options);
    await standIn.setFlags("acme/r2", { refusal: null });
    expect(page).toMatchObject({ totalCount: 7, hiddenCount: 1 });
    expect(namesOf(page.repositories)).toEqual(sources.filter((name) => name !== "r2"));
  });

  it("of nobody, of an owner that refuses, or half told, are an error with its code", async () => {
    await expect(
      gitHub.ownedRepositories({ ...request, login: "nobody-at-all" }, options),
    ).rejects.toMatchObject({
      code: "GITHUB_NOT_FOUND",
      message: expect.stringContaining("nobody-at-all"),
    });
    const faults = [
      ["FORBIDDEN", "GITHUB_FORBIDDEN"],
      ["NOT_FOUND", "GITHUB_NOT_FOUND"],
      ["RESOURCE_LIMITS_EXCEEDED", "GITHUB_RESOURCE_LIMITS"],
    ] as const;
    for (const field of ["Query.repositoryOwner", "Organization.repositories"]) {
      for (const [type, code] of faults) {
        await standIn.injectFault({
          when: { operationName: "OwnedRepositories" },
          answer: { fieldError: { field, type, message: "It says no." } },
        });
        await expect(gitHub.ownedRepositories(request, options)).rejects.toMatchObject({ code });
      }
    }
    await expect(
      gitHub.ownedRepositories({ ...request, after: "no cursor" }, options),
    ).rejects.toMatchObject({ code: "GITHUB_BAD_CURSOR" });
    const body = { data: { repositoryOwner: { login: "Acme", repositories: null } } };
    await standIn.injectFault({
      when: { operationName: "OwnedRepositories" },
      answer: { status: 200, body },
    });
    await expect(gitHub.ownedRepositories(request, options)).rejects.toMatchObject({
      code: "GITHUB_MALFORMED_ANSWER",
    });
  });
});

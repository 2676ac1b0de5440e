import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { mergyHistory, revList } from "../support/histories.js";
import { addRepository, readAllOids, readRepository } from "../support/tracker-api.js";
import { startTracker } from "../support/tracker-process.js";

const NAME = "octo/long";
const FETCH = "git fetch";

/** The built product on embedded parts, as a person starts it. */
describe("a repository with some thousand commits", () => {
  let gitHub: GitHubStandIn;
  let folder: string;
  let expected: string[];
  beforeAll(async () => {
    gitHub = await startGitHubStandIn();
    folder = await mkdtemp(join(tmpdir(), "tracker-by-git-"));
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "long" });
    await gitHub.commit(NAME, mergyHistory(1_500));
    expected = (await revList(gitDir, "main")).sort();
  });
  afterAll(async () => {
    await gitHub?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Added, and followed until it is complete; what that took of GitHub. */
  async function track(env: Readonly<Record<string, string>>) {
    const dataDir = await mkdtemp(join(folder, "data-"));
    const gitFolder = join(dataDir, "histories");
    await using tracker = startTracker({
      ...{ DATA_DIR: dataDir, GIT_FOLDER: gitFolder, GITHUB_API_URL: gitHub.url },
      ...{ GITHUB_TOKENS: STAND_IN_TOKEN, MIN_CHECK_INTERVAL: "3600", ...env },
    });
    const url = await tracker.url();
    await gitHub.reset();
    await addRepository(url, NAME);
    await eventually(
      async () => expect(await readRepository(url, NAME)).toMatchObject({ state: "ACTIVE" }),
      60_000,
    );
    const requests = await gitHub.listRequests();
    expect((await readAllOids(url, NAME)).sort()).toEqual(expected);
    const left = await readdir(gitFolder).catch(() => []);
    expect(await tracker.stop()).toBe(0);
    expect(left).toEqual([]);
    const counts = (name: string) =>
      requests.filter(({ operationName }) => operationName === name).length;
    const points = requests.reduce((sum, { cost }) => sum + cost, 0);
    return { counts, points, output: tracker.output() };
  }

  it("is complete by git, for a few points", async () => {
    const { counts, points, output } = await track({});
    expect([counts(FETCH), counts("History"), counts("FirstParents")]).toEqual([1, 0, 0]);
    // Whose the token is, what it is called, where its head is, and who wrote it.
    expect(points).toBeLessThanOrEqual(4);
    expect(output).toContain("history has come by git");
    expect(output).not.toContain(STAND_IN_TOKEN);
  }, 90_000);

  it("is complete by the API alone where that is wished for", async () => {
    const { counts } = await track({ HISTORY_TRANSPORT: "api" });
    expect(counts(FETCH)).toBe(0);
    expect(counts("History")).toBe(Math.ceil(expected.length / 100));
  }, 90_000);

  it.each<{ what: string; env: Record<string, string> }>([
    { what: "there is no git", env: { PATH: "/nonexistent" } },
    { what: "there is no git server", env: { GITHUB_GIT_URL: "http://127.0.0.1:9" } },
    { what: "there is no such folder", env: { GIT_FOLDER: "/dev/null/histories" } },
  ])(
    "is complete by the API where $what, and the log says so once",
    async ({ env }) => {
      const { counts, output } = await track(env);
      expect(counts("History")).toBe(Math.ceil(expected.length / 100));
      expect(
        output.split("\n").filter((line) => line.includes("going on by the API")),
      ).toHaveLength(1);
    },
    90_000,
  );
});

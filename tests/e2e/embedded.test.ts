import { mkdtemp, rename, rm } from "node:fs/promises";
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
import { signalPostmaster } from "../support/postmaster.js";
import { addRepository, readAllOids, readRepository } from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const NAME = "octo/interrupted";
/** What was in hand may wait for its lease to end. */
const LEASE_MS = 80_000;

describe("a tracker on embedded parts whose database is killed", () => {
  let gitHub: GitHubStandIn;
  let dataDir: string;
  let tracker: TrackerProcess;
  beforeAll(async () => {
    gitHub = await startGitHubStandIn({ latency: { databaseMs: 0, gitMs: 100 } });
    dataDir = await mkdtemp(join(tmpdir(), "tracker-e2e-"));
    tracker = startTracker({
      DATA_DIR: dataDir,
      GITHUB_API_URL: gitHub.url,
      GITHUB_TOKENS: STAND_IN_TOKEN,
      MIN_CHECK_INTERVAL: "1",
      HISTORY_TRANSPORT: "api", // page by page, so that there is something to interrupt
    });
  });
  afterAll(async () => {
    await tracker?.stop();
    await gitHub?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const killServer = (folder = join(dataDir, "postgres")) => signalPostmaster(folder, "SIGKILL");
  const readiness = async (url: string) => (await fetch(`${url}/readyz`)).status;

  it(
    "is not ready until it is back, and then goes on where it was",
    async () => {
      const url = await tracker.url();
      const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "interrupted" });
      await gitHub.commit(NAME, mergyHistory(900));
      await addRepository(url, NAME);
      await eventually(async () =>
        expect((await readRepository(url, NAME)).commitCount).toBeGreaterThan(0),
      );
      await killServer();
      await eventually(() => expect(tracker.output()).toContain("embedded postgresql is back"));
      await eventually(async () => expect(await readiness(url)).toBe(200));
      const all = await revList(gitDir, "HEAD");
      await eventually(
        async () => expect((await readRepository(url, NAME)).commitCount).toBe(all.length),
        LEASE_MS,
      );
      expect(new Set(await readAllOids(url, NAME))).toEqual(new Set(all));
    },
    LEASE_MS + 60_000,
  );

  it("tells that it is not ready, and ends with one line when the database cannot be started again", async () => {
    const url = await tracker.url();
    const elsewhere = join(dataDir, "elsewhere");
    await rename(join(dataDir, "postgres"), elsewhere);
    await killServer(elsewhere);
    await eventually(async () => expect(await readiness(url)).toBe(503));
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect(await tracker.exited).toBe(1);
    expect(tracker.output().trimEnd().split("\n").at(-1)).toMatch(
      /^The embedded database in .* went away and could not be started again\. /,
    );
  }, 60_000);
});

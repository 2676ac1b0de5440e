import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { objectsOf, type Ran, runCommand } from "../support/command-line.js";
import { mergyHistory, revList } from "../support/histories.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const TEST_MS_MAX = 90_000;

describe("tracker add --wait", () => {
  let gitHub: GitHubStandIn;
  let test: TestDatabase;
  let broker: BrokerSpace;
  let server: TrackerProcess;
  let url: string;
  const add = (...args: string[]): Promise<Ran> =>
    runCommand(["add", "--wait", ...args], { TRACKER_URL: url });

  beforeAll(async () => {
    gitHub = await startGitHubStandIn();
    test = await createTestDatabase({ connectionsMax: 1 });
    broker = await openBrokerSpace();
    server = startTracker({
      ...{ DATABASE_URL: test.url, RABBITMQ_URL: broker.url, MIN_CHECK_INTERVAL: "1" },
      ...{ GITHUB_API_URL: gitHub.url, GITHUB_TOKENS: STAND_IN_TOKEN },
    });
    url = await server.url();
  });
  afterAll(async () => {
    await server?.stop();
    await gitHub?.stop();
    await broker?.remove();
    await test?.[Symbol.asyncDispose]();
  });

  it(
    "ends with 0 when every history is complete or there is none, told line by line without a terminal",
    async () => {
      const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "long" });
      await gitHub.commit("octo/long", mergyHistory(400));
      const { length } = await revList(gitDir, "refs/heads/main");
      await gitHub.addRepository({ owner: "octo", name: "empty" });
      const { code, stdout, stderr } = await add("octo/long", "https://github.com/octo/empty");
      expect(code).toBe(0);
      expect(stdout.trimEnd().split("\n").sort()).toEqual([
        "octo/empty  EMPTY  0 commits",
        `octo/long  ACTIVE  ${length} commits`,
      ]);
      expect(stderr).not.toContain("\u001b");
      const again = await add("octo/long", "--json");
      expect(again).toMatchObject({ code: 0, stderr: "" });
      expect(objectsOf(again.stdout)).toMatchObject([{ state: "ACTIVE", commitCount: length }]);
    },
    TEST_MS_MAX,
  );

  it(
    "ends with 1 when one will not be complete, with the reason",
    async () => {
      await gitHub.addRepository({ owner: "octo", name: "short" });
      await gitHub.commit("octo/short", mergyHistory(10));
      const { code, stdout } = await add("octo/nowhere", "octo/short");
      expect(code).toBe(1);
      expect(stdout).toMatch(/^octo\/nowhere {2}UNAVAILABLE .*octo\/nowhere, or the token/m);
      expect(stdout).toMatch(/^octo\/short {2}ACTIVE/m);
    },
    TEST_MS_MAX,
  );

  it(
    "ends with 1 when the time is up; the history is fetched all the same",
    async () => {
      await gitHub.addRepository({ owner: "octo", name: "held" });
      await gitHub.commit("octo/held", mergyHistory(10));
      const late6s = { when: { operationName: "git fetch", nth: 1 }, answer: { delayMs: 6_000 } };
      await gitHub.injectFault(late6s);
      const late = await add("octo/held", "--timeout", "0.5");
      expect(late.code).toBe(1);
      expect(late.stderr).toContain("not complete after 0.5 seconds. [TIMEOUT]");
      const { code, stdout } = await add("octo/held");
      expect(code).toBe(0);
      expect(stdout).toContain("octo/held  ACTIVE");
    },
    TEST_MS_MAX,
  );

  it(
    "shows why nothing comes, with what to do, and ends all the same",
    async () => {
      await using empty = await createTestDatabase({ connectionsMax: 1 });
      const space = await openBrokerSpace();
      await using refused = startTracker({
        ...{ DATABASE_URL: empty.url, RABBITMQ_URL: space.url },
        ...{ GITHUB_API_URL: gitHub.url, GITHUB_TOKENS: "ghp_refusedByGitHub" },
      });
      const ran = await runCommand(["add", "octo/short", "--wait", "--timeout", "12"], {
        TRACKER_URL: await refused.url(),
      });
      expect(ran.code).toBe(1);
      expect(ran.stderr).toMatch(/octo\/short {2}PENDING .*accepts none of the tokens.*doctor/);
      expect(ran.stdout).toMatch(/^octo\/short {2}PENDING .*accepts none of the tokens/m);
      expect(ran.stderr).toContain("not complete after 12 seconds. [TIMEOUT]");
      await refused.stop();
      expect(refused.output()).toMatch(/"level":"error".*"msg":"github refuses this token"/);
      expect(refused.output()).not.toContain("ghp_refusedByGitHub");
      await space.remove();
    },
    TEST_MS_MAX,
  );

  it(
    "takes all of an owner's repositories too, or lists what they would cost",
    async () => {
      for (const name of ["one", "two"]) await gitHub.addRepository({ owner: "Acme", name });
      const dry = await runCommand(["add-owner", "acme", "--dry-run"], { TRACKER_URL: url });
      expect(dry.code).toBe(0);
      expect(dry.stdout).toMatch(/^Acme\/one +1$/m);
      expect(dry.stderr).toContain("2 of Acme, 2 would be added, about 2 points");
      const added = await runCommand(["add-owner", "acme", "--json"], { TRACKER_URL: url });
      expect(objectsOf(added.stdout)).toMatchObject([
        { nameWithOwner: "Acme/one", isTracked: false, repositoryId: expect.any(String) },
        { nameWithOwner: "Acme/two", isTracked: false },
      ]);
      const nobody = await runCommand(["add-owner", "nobody-at-all"], { TRACKER_URL: url });
      expect(nobody.code).toBe(1);
      expect(nobody.stderr).toContain("[NOT_FOUND]");
    },
    TEST_MS_MAX,
  );
});

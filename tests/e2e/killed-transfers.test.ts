import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FaultAnswer } from "../../src/github-stand-in/http/fault.js";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { expectExact } from "../support/exact-history.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { lockRows } from "../support/row-lock.js";
import { addRepository, readRepository } from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const PAGE = 1_000;

/** Each page with somebody new in it. */
const history = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    message: `${name} ${index}`,
    author: {
      name: `Author ${index}`,
      email: `${name}-${Math.floor(index / 400)}@example.org`,
      date: new Date(Date.UTC(2020, 0, 1) + index * 60_000).toISOString(),
    },
  }));

describe("a transfer whose worker or git is killed with kill -9", () => {
  let gitHub: GitHubStandIn;
  let test: TestDatabase;
  let broker: BrokerSpace;
  let folder: string;
  let front: TrackerProcess;
  let worker: TrackerProcess;
  let startWorker: () => Promise<void>;
  let kills = 0;

  beforeAll(async () => {
    gitHub = await startGitHubStandIn();
    [test, broker] = await Promise.all([
      createTestDatabase({ connectionsMax: 2 }),
      openBrokerSpace(),
    ]);
    folder = await mkdtemp(join(tmpdir(), "tracker-killed-"));
    const env = {
      ...{ DATABASE_URL: test.url, RABBITMQ_URL: broker.url, GIT_FOLDER: folder },
      ...{ GITHUB_API_URL: gitHub.url, GITHUB_TOKENS: STAND_IN_TOKEN },
    };
    front = startTracker({ ...env, ROLES: "api,scheduler" });
    startWorker = async () => {
      worker = startTracker({ ...env, ROLES: "worker" });
    };
    await startWorker();
  });
  afterAll(async () => {
    await Promise.all([front?.stop(), worker?.stop()]);
    await gitHub?.stop();
    await broker?.remove();
    await test?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function killAndStartAnew(): Promise<void> {
    expect(await worker.stop("SIGKILL")).toBe("SIGKILL");
    kills += 1;
    await startWorker();
  }

  const storedOf = async (repositoryId: number) =>
    await test.database.primary.commit.count({ where: { repositoryId } });
  const storedAtLeast = (id: number, count: number) =>
    eventually(async () => expect(await storedOf(id)).toBeGreaterThanOrEqual(count), 30_000);

  /** While it waits for an answer that never comes, or not to its end. */
  async function killInRequest(operationName: string, answer: FaultAnswer): Promise<void> {
    const { length } = await gitHub.listRequests(operationName);
    const fault = await gitHub.injectFault({ when: { operationName }, answer });
    const isUnderWay = async () => {
      if (answer === "hang") return (await gitHub.listRequests(operationName)).length > length;
      const found = await test.database.primary.historyTransfer.findFirst({
        where: { receivedBytes: { gt: 0 }, commitCount: null },
      });
      return found !== null;
    };
    await eventually(async () => expect(await isUnderWay()).toBe(true));
    await gitHub.clearFaults(fault);
    await killAndStartAnew();
  }

  /** In the middle of a page's transaction, where it waits for a row that is locked here. */
  async function killInTransaction(rows: string): Promise<void> {
    const lock = await lockRows(test.url, rows);
    await lock.waitedFor(1);
    await killAndStartAnew();
    await lock.release();
  }

  async function track(name: string, count: number, places: (id: number) => Promise<void>) {
    const nameWithOwner = `octo/${name}`;
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name });
    const oids = await gitHub.commit(nameWithOwner, history(name, count));
    const url = await front.url();
    await addRepository(url, nameWithOwner);
    const { id } = await test.database.primary.repository.findFirstOrThrow({ where: { name } });
    await places(id);
    const head = oids.at(-1) ?? "";
    await eventually(async () => {
      const found = await readRepository(url, nameWithOwner);
      expect(found).toMatchObject({ state: "ACTIVE", headOid: head, lastError: null });
    }, 60_000);
    await expectExact(test.database, { id, gitDir, head });
    return { id };
  }

  it("goes on from the frontier: nothing is lost and nothing stored twice", async () => {
    await track("asked", 3_500, async (id) => {
      await killInRequest("git fetch", "hang");
      await killInRequest("git fetch", { bytesPerSecond: 2_000 });
      await killInRequest("Commits", "hang");
      await storedAtLeast(id, 1);
      await killAndStartAnew();
    });
    await track("written", 9_000, async (id) => {
      await killInTransaction("select from feed for update");
      await storedAtLeast(id, 2 * PAGE);
      await killInTransaction("select from repository for update");
      await storedAtLeast(id, 4 * PAGE);
      await killInTransaction("select from work for update");
      await storedAtLeast(id, 5 * PAGE);
      await killAndStartAnew();
    });
    await track("taken", 3_000, async () => {
      await killInTransaction("select from transfer_turn for update");
      await killInTransaction("lock table email_account in exclusive mode");
    });
    expect(kills).toBe(10);
    // What they have left behind is gone with the start of the next.
    await eventually(async () => expect(await readdir(folder)).toEqual([]));
    expect(await test.database.primary.historyTransfer.count()).toBe(0);
  }, 180_000);

  it.each(["index-pack", "cat-file"])(
    "or whose git %s is killed goes on by the API",
    async (command) => {
      const name = `no-${command}`;
      const isSlow = command === "index-pack";
      if (isSlow) {
        const when = { operationName: "git fetch", includes: `octo/${name}` };
        await gitHub.injectFault({ when, answer: { bytesPerSecond: 5_000 } });
      }
      // Of the last, far more than the pipes and the pages read ahead hold.
      const { id } = await track(name, isSlow ? 2_500 : 8_000, async () => {
        const lock = isSlow ? null : await lockRows(test.url, "select from feed for update");
        await lock?.waitedFor(1);
        await eventually(() => expect(killGit(command)).toBe(true));
        await lock?.release();
      });
      const found = await test.database.primary.historyTransfer.findUnique({
        where: { repositoryId: id },
      });
      expect(found?.awayUntil?.getTime()).toBeGreaterThan(Date.now());
      await eventually(async () => expect(await readdir(folder)).toEqual([]));
    },
    60_000,
  );

  /** One of the worker's own children. */
  function killGit(command: string): boolean {
    const lines = execFileSync("ps", ["-eo", "pid,ppid,args"], { encoding: "utf8" }).split("\n");
    const own = lines
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
      .find((found) => Number(found?.[2]) === worker.child.pid && found?.[3]?.includes(command));
    if (own == null) return false;
    process.kill(Number(own[1]), "SIGKILL");
    return true;
  }
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { subscribe } from "../support/graphql-client.js";
import { mergyHistory, revList } from "../support/histories.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { lockRows } from "../support/row-lock.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import {
  type ApiEvent,
  addRepository,
  COMMITS_INGESTED,
  readAllOids,
  readRepository,
} from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const NAME = "octo/mortal";
const PAGE_SIZE = 100;
const PAGES_PER_TASK = 10;

describe("a worker that is killed with kill -9", () => {
  let gitHub: GitHubStandIn;
  let test: TestDatabase;
  let broker: BrokerSpace;
  let line: TcpProxy;
  let front: TrackerProcess;
  let worker: TrackerProcess;
  let startWorker: () => void;
  let kills = 0;

  beforeAll(async () => {
    gitHub = await startGitHubStandIn({ latency: { databaseMs: 0, gitMs: 100 } });
    test = await createTestDatabase({ connectionsMax: 2 });
    broker = await openBrokerSpace();
    const target = new URL(broker.url);
    line = await startTcpProxy({ host: target.hostname, port: Number(target.port || 5_672) });
    target.host = `127.0.0.1:${line.port}`;
    const env = {
      DATABASE_URL: test.url,
      GITHUB_API_URL: gitHub.url,
      GITHUB_TOKENS: STAND_IN_TOKEN,
      HISTORY_TRANSPORT: "api",
    };
    front = startTracker({ ...env, RABBITMQ_URL: broker.url, ROLES: "api,scheduler" });
    startWorker = () => {
      worker = startTracker({ ...env, RABBITMQ_URL: target.href, ROLES: "worker" });
    };
  });
  afterAll(async () => {
    await Promise.all([front?.stop(), worker?.stop()]);
    await line?.[Symbol.asyncDispose]();
    await gitHub?.stop();
    await broker?.remove();
    await test?.[Symbol.asyncDispose]();
  });

  async function killAndStartAnew(): Promise<void> {
    expect(await worker.stop("SIGKILL")).toBe("SIGKILL");
    kills += 1;
    startWorker();
  }

  const countStored = () => test.database.primary.commit.count();

  async function storedAtLeast(count: number): Promise<void> {
    await eventually(async () => expect(await countStored()).toBeGreaterThanOrEqual(count));
  }

  /** While it waits for the answer to its n-th request from now on, which never comes. */
  async function killInRequest(operationName: string, nth = 1): Promise<void> {
    const unanswered = async () =>
      (await gitHub.listRequests(operationName)).filter(({ status }) => status === 0).length;
    const before = await unanswered();
    await gitHub.injectFault({ when: { operationName, nth }, answer: "hang" });
    await eventually(async () => expect(await unanswered()).toBe(before + 1));
    await killAndStartAnew();
  }

  /** In the middle of a page's transaction, where it waits for a row that is locked here. */
  async function killInTransaction(rows: string): Promise<void> {
    const lock = await lockRows(test.url, rows);
    await lock.waitedFor(1);
    await killAndStartAnew();
    await lock.release();
  }

  /** With pages committed that it could neither ring for nor acknowledge. */
  async function killWithoutBroker(): Promise<void> {
    line.block();
    await storedAtLeast((await countStored()) + PAGE_SIZE);
    await killAndStartAnew();
    line.restore();
  }

  it("goes on from the frontier, asks for no stored page again and announces nothing twice", async () => {
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "mortal" });
    await gitHub.commit(NAME, mergyHistory(1_500));
    const expected = await revList(gitDir, "main");
    const url = await front.url();
    await using events = subscribe<ApiEvent>(url, COMMITS_INGESTED, { after: "0" });
    await addRepository(url, NAME);
    startWorker();

    await killInRequest("LookUp");
    // The first task of the backfill: its fifth delivery is the last it gets, and has to bring it home.
    await killInRequest("History");
    await storedAtLeast(1);
    await killAndStartAnew();
    await storedAtLeast(3 * PAGE_SIZE);
    await killInTransaction("select from feed for update");
    await storedAtLeast(4 * PAGE_SIZE);
    await killWithoutBroker();
    // The second task.
    await killInRequest("History", PAGES_PER_TASK + 1);
    await killInTransaction("select from repository for update");

    const announced = () =>
      events.received.flatMap(({ commitsIngested: event }) => event.commits.map(({ oid }) => oid));
    await eventually(
      () => expect(announced().length).toBeGreaterThanOrEqual(expected.length),
      30_000,
    );
    expect(announced().sort()).toEqual([...expected].sort());
    expect((await readAllOids(url, NAME)).sort()).toEqual([...expected].sort());
    expect(await readRepository(url, NAME)).toMatchObject({
      state: "ACTIVE",
      headOid: expected[0],
      commitCount: expected.length,
    });
    const sequences = events.received.map(({ commitsIngested: event }) => event.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => String(index + 1)));
    expect(await test.database.primary.feedEvent.count()).toBe(sequences.length);

    // One task at a time walks a repository, so a kill loses the one page in hand, or none.
    const requests = await gitHub.listRequests("History");
    const pages = new Set(requests.map(({ variables }) => JSON.stringify(variables)));
    expect(pages.size).toBe(Math.ceil(expected.length / PAGE_SIZE));
    expect(requests.length - pages.size).toBeLessThanOrEqual(kills);
    expect(kills).toBe(7);
    expect(front.child.exitCode).toBeNull();
  }, 90_000);
});

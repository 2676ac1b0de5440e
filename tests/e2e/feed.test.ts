import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { type Subscription, subscribe } from "../support/graphql-client.js";
import { mergyHistory, revList } from "../support/histories.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type Broker, findRabbitmqServer, startBroker } from "../support/rabbitmq.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { type ApiEvent, addRepository, COMMITS_INGESTED } from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

const NAMES = ["one", "two", "three", "four"].map((name) => `octo/${name}`);
const HISTORY = 800;
const BROKER_AWAY_MS = 10_000;
const run = promisify(execFile);

interface Worker {
  process: TrackerProcess;
  readonly line: TcpProxy;
  start(): TrackerProcess;
}

describe("the feed of two API processes, three workers and a broker of their own", () => {
  let gitHub: GitHubStandIn;
  let test: TestDatabase;
  let broker: Broker;
  const fronts: TrackerProcess[] = [];
  const workers: Worker[] = [];
  let scheduler: TrackerProcess;
  const gitDirs = new Map<string, string>();

  beforeAll(async () => {
    const server = findRabbitmqServer();
    if (server === null)
      throw new Error("This test stops its RabbitMQ, so it needs rabbitmq-server.");
    broker = await startBroker(server);
    gitHub = await startGitHubStandIn({ latency: { databaseMs: 0, gitMs: 30 } });
    test = await createTestDatabase({ connectionsMax: 2 });
    const env = {
      DATABASE_URL: test.url,
      GITHUB_API_URL: gitHub.url,
      GITHUB_TOKENS: STAND_IN_TOKEN,
      HISTORY_TRANSPORT: "api", // page by page, so that there is something to interrupt
      MIN_CHECK_INTERVAL: "1",
      MAX_CHECK_INTERVAL: "2",
    };
    const direct = { ...env, RABBITMQ_URL: broker.url };
    fronts.push(
      startTracker({ ...direct, ROLES: "api" }),
      startTracker({ ...direct, ROLES: "api" }),
    );
    scheduler = startTracker({ ...direct, ROLES: "scheduler" });
    for (let index = 0; index < 3; index += 1) {
      const target = new URL(broker.url);
      const line = await startTcpProxy({ host: target.hostname, port: Number(target.port) });
      target.host = `127.0.0.1:${line.port}`;
      const start = () => startTracker({ ...env, RABBITMQ_URL: target.href, ROLES: "worker" });
      workers.push({ process: start(), line, start });
    }
    for (const nameWithOwner of NAMES) {
      const [owner = "", name = ""] = nameWithOwner.split("/");
      gitDirs.set(nameWithOwner, (await gitHub.addRepository({ owner, name })).gitDir);
      await gitHub.commit(nameWithOwner, mergyHistory(HISTORY));
    }
  }, 90_000);
  afterAll(async () => {
    const all = [...fronts, scheduler, ...workers.map(({ process }) => process)];
    await Promise.all(all.map((one) => one?.stop()));
    for (const { line } of workers) await line[Symbol.asyncDispose]();
    await broker?.stop();
    await gitHub?.stop();
    await test?.[Symbol.asyncDispose]();
  });

  /** With pages committed that it could not ring for: its line to the broker is dead before that. */
  async function killBetweenCommitAndPublish(worker: Worker): Promise<void> {
    const latest = async (): Promise<number> => {
      const rows = await test.database.primary.$queryRaw<{ sequence: bigint }[]>`
        select sequence from feed`;
      return Number(rows[0]?.sequence ?? 0n);
    };
    for (const { line } of workers) line.stall(); // whichever has the next page in hand
    const before = await latest();
    await eventually(async () => expect(await latest()).toBeGreaterThan(before));
    expect(await worker.process.stop("SIGKILL")).toBe("SIGKILL");
    for (const { line } of workers) line.restore();
    worker.process = worker.start();
  }

  async function stopBroker(): Promise<void> {
    const control = (...args: string[]) =>
      run(broker.control.command, args, { env: broker.control.env, timeout: 60_000 });
    await control("stop_app");
    const since = performance.now();
    while (performance.now() - since < BROKER_AWAY_MS) {
      for (const name of NAMES)
        await gitHub.commit(name, [{ message: "while the broker is away" }]);
    }
    await control("start_app");
  }

  const announced = (events: Subscription<ApiEvent>, name: string) =>
    events.received.flatMap(({ commitsIngested: event }) =>
      event.repository.nameWithOwner === name ? event.commits.map(({ oid }) => oid) : [],
    );

  it("reaches every subscriber on both, each event once and in order, whoever is killed or away", async () => {
    const [one = "", other = ""] = await Promise.all(fronts.map((front) => front.url()));
    await using first = subscribe<ApiEvent>(one, COMMITS_INGESTED, { after: "0" });
    await using second = subscribe<ApiEvent>(other, COMMITS_INGESTED, { after: "0" });
    for (const name of NAMES) await addRepository(one, name);

    await eventually(() => expect(first.received.length).toBeGreaterThan(2), 60_000);
    for (const worker of workers) await killBetweenCommitAndPublish(worker);
    await stopBroker();
    for (const name of NAMES) await gitHub.commit(name, [{ message: "afterwards" }]);

    const everybody = [first, second];
    for (const name of NAMES) {
      const expected = await revList(gitDirs.get(name) ?? "", "main");
      for (const events of everybody) {
        await eventually(
          () => expect(announced(events, name)).toHaveLength(expected.length),
          90_000,
        );
        expect(announced(events, name).sort()).toEqual([...expected].sort());
      }
    }
    await using late = subscribe<ApiEvent>(other, COMMITS_INGESTED, { after: "0" });
    const total = first.received.length;
    await eventually(() => expect(late.received).toHaveLength(total));
    for (const events of [...everybody, late]) {
      const sequences = events.received.map(({ commitsIngested: event }) => event.sequence);
      expect(sequences).toEqual(Array.from({ length: total }, (_, index) => String(index + 1)));
      expect(events.errors).toEqual([]);
    }
    expect(await test.database.primary.feedEvent.count()).toBe(total);
    for (const front of fronts) expect(front.child.exitCode).toBeNull();
  }, 240_000);
});

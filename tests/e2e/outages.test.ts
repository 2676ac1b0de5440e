import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
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
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import {
  type ApiEvent,
  addRepository,
  COMMITS_INGESTED,
  readAllOids,
} from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

async function throughProxy(
  url: string,
  defaultPort: number,
): Promise<{ proxy: TcpProxy; url: string }> {
  const target = new URL(url);
  const port = Number(target.port || defaultPort);
  const proxy = await startTcpProxy({ host: target.hostname, port });
  target.host = `127.0.0.1:${proxy.port}`;
  return { proxy, url: target.href };
}

/**
 * What was in hand when a line broke, and nobody knows to be lost, comes due again when its lease ends:
 * a test need not wait for more than five seconds of it. What is wanted later than now stays so.
 */
async function shortenLeases({ database }: TestDatabase): Promise<void> {
  await database.primary.$executeRaw`
    update work set claimed_until = now() + interval '5 seconds'
     where claimed_until > now() + interval '6 seconds'`;
}

describe("separate processes whose database and broker fail them", () => {
  let gitHub: GitHubStandIn;
  let database: TestDatabase;
  let broker: BrokerSpace;
  let lines: { postgres: TcpProxy; rabbitmq: TcpProxy };
  const processes: TrackerProcess[] = [];
  let url: string;

  beforeAll(async () => {
    gitHub = await startGitHubStandIn();
    database = await createTestDatabase({ connectionsMax: 1 });
    broker = await openBrokerSpace();
    const postgres = await throughProxy(database.url, 5_432);
    const rabbitmq = await throughProxy(broker.url, 5_672);
    lines = { postgres: postgres.proxy, rabbitmq: rabbitmq.proxy };
    lines.postgres.block();
    lines.rabbitmq.block();
    const env = {
      DATABASE_URL: postgres.url,
      RABBITMQ_URL: rabbitmq.url,
      GITHUB_API_URL: gitHub.url,
      GITHUB_TOKENS: STAND_IN_TOKEN,
      MIN_CHECK_INTERVAL: "1",
      HISTORY_TRANSPORT: "api", // page by page, so that there is something to interrupt
    };
    for (const ROLES of ["api", "scheduler,worker"])
      processes.push(startTracker({ ...env, ROLES }));
  });
  afterAll(async () => {
    await Promise.all(processes.map((process) => process.stop()));
    await gitHub?.stop();
    await broker?.remove();
    await database?.[Symbol.asyncDispose]();
    for (const line of Object.values(lines)) await line[Symbol.asyncDispose]();
  });

  const output = () => processes.map((process) => process.output());

  it("wait for a database and a broker that are away at the start, and say so", async () => {
    await eventually(() => {
      for (const text of output()) expect(text).toContain("database cannot be reached, waiting");
    });
    lines.postgres.restore();
    await eventually(() => {
      for (const text of output()) expect(text).toContain("rabbitmq cannot be reached, waiting");
    });
    lines.rabbitmq.restore();
    [url = ""] = await Promise.all(processes.map((process) => process.url()));
    for (const text of output()) expect(text).not.toContain(inject("postgres").url);
  });

  it("go on by themselves after either was away, losing and repeating nothing", async () => {
    const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "storms" });
    await gitHub.commit("octo/storms", mergyHistory(600));
    await using events = subscribe<ApiEvent>(url, COMMITS_INGESTED, { after: "0" });
    const announced = () =>
      events.received.flatMap(({ commitsIngested: event }) => event.commits.map(({ oid }) => oid));
    await addRepository(url, "octo/storms");
    await eventually(() => expect(announced().length).toBeGreaterThan(0));

    lines.postgres.block();
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503));
    lines.postgres.restore();
    lines.rabbitmq.block();
    const [first] = await gitHub.commit("octo/storms", [{ message: "while the broker is away" }]);
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503));
    lines.rabbitmq.restore();
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), 30_000);

    const expected = await revList(gitDir, "main");
    expect(expected[0]).toBe(first);
    await eventually(async () => {
      await shortenLeases(database);
      expect(announced().length).toBeGreaterThanOrEqual(expected.length);
    }, 90_000);
    expect(announced().sort()).toEqual([...expected].sort());
    expect((await readAllOids(url, "octo/storms")).sort()).toEqual([...expected].sort());
    const sequences = events.received.map(({ commitsIngested: event }) => event.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => String(index + 1)));
    for (const process of processes) expect(process.child.exitCode).toBeNull();
  }, 150_000);
});

describe("a start that cannot work", () => {
  it("names each wrong variable in a line and ends with exit code 1", async () => {
    const tracker = startTracker({
      PORT: "no-port",
      MIN_CHECK_INTERVAL: "-1",
      DATABASE_URL: "mysql://u:hunter2@h/d",
    });
    expect(await tracker.exited).toBe(1);
    const lines = tracker.output().trim().split("\n").sort();
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      "DATABASE_URL",
      "MIN_CHECK_INTERVAL",
      "PORT",
    ]);
    expect(tracker.output()).not.toContain("hunter2");
  });

  it("says that another process has the port", async () => {
    const gitHub = await startGitHubStandIn();
    const database = await createTestDatabase({ connectionsMax: 1 });
    const broker = await openBrokerSpace();
    try {
      const env = { DATABASE_URL: database.url, RABBITMQ_URL: broker.url, ROLES: "scheduler" };
      const tracker = startTracker({ ...env, PORT: String(gitHub.port) });
      expect(await tracker.exited).toBe(1);
      expect(tracker.output()).toMatch(/EADDRINUSE/);
    } finally {
      await gitHub.stop();
      await broker.remove();
      await database[Symbol.asyncDispose]();
    }
  });

  it("applies the migrations alone with `migrate`", async () => {
    const database = await createTestDatabase({ connectionsMax: 1 });
    try {
      const env = { DATABASE_URL: database.url, RABBITMQ_URL: "amqp://127.0.0.1:1", ROLES: "api" };
      const tracker = startTracker(env, ["migrate"]);
      expect(await tracker.exited).toBe(0);
      expect(tracker.output()).toContain("nothing to apply");
    } finally {
      await database[Symbol.asyncDispose]();
    }
  });
});

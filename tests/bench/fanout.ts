/**
 * `npm run bench:fanout`: events to many subscribers of one API process, beside graphql-ws as its
 * documentation sets it up and a bare `ws` server that sends the same bytes to the same clients; and the
 * tracker's again as event streams.
 */
import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { Console } from "node:console";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { openRabbitmqFanout } from "../../src/fanout/rabbitmq-fanout.js";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";
import { openRabbitmqConnection } from "../../src/rabbitmq/connection.js";
import { line, storeEvent, storeRepository, writeEvent } from "../api/rows.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";
import { findRabbitmqServer, startBroker } from "../support/rabbitmq.js";
import { startTracker } from "../support/tracker-process.js";
import type { BareCommand } from "./fanout/bare-server.js";
import type { ClientCommand, ClientReport } from "./fanout/clients.js";

const { values } = parseArgs({
  options: {
    subscribers: { type: "string", default: "1,100,1000,5000" },
    rounds: { type: "string", default: "3" },
  },
});
const ROUNDS = Number(values.rounds);
const SIZES = values.subscribers.split(",").map(Number);
/** Deliveries a round: as many events as that takes, within bounds. */
const DELIVERIES = 100_000;
const TIMED_EVENTS = 40;
/** Seldom enough for nobody to fall behind: what is timed is one event, not a queue of them. */
const timedEveryMs = (subscribers: number) => Math.max(50, subscribers / 5);
const QUERY = `subscription { commitsIngested {
  sequence cursor kind headOid repository { nameWithOwner } commits { oid messageHeadline author { name } committedAt } } }`;

const KINDS = ["tracker", "tracker, streams", "graphql-ws", "bare ws"] as const;
type Kind = (typeof KINDS)[number];

interface Figures {
  readonly perSecond: number;
  readonly clientCpu: number;
  readonly p50: number;
  readonly p99: number;
  readonly kilobytesEach: number;
}

const logger = pino({ level: "silent" });
const folder = await mkdtemp(join(tmpdir(), "tracker-bench-"));
const postgres = await startEmbeddedPostgres({ dataDir: folder, logger });
const rabbitmq = findRabbitmqServer();
if (rabbitmq === null)
  throw new Error("bench:fanout needs RabbitMQ: apt-get install rabbitmq-server");
const broker = await startBroker(rabbitmq);
let seed = 0;
function nextSeed(): number {
  seed += 1;
  return seed;
}

interface Server extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
}

async function startServer(kind: Kind, env: Record<string, string>): Promise<Server> {
  if (kind === "tracker" || kind === "tracker, streams") {
    const tracker = startTracker({ ...env, ROLES: "api" });
    return Object.assign(tracker, { url: await tracker.url() });
  }
  const script = kind === "bare ws" ? "bare-server.ts" : "stock-server.ts";
  const child = forkScript(script, env);
  const [url] = (await once(child, "message")) as [string];
  return {
    ...{ url, child },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

function forkScript(name: string, env: Record<string, string> = {}): ChildProcess {
  const script = fileURLToPath(new URL(`fanout/${name}`, import.meta.url));
  return fork(script, { execArgv: ["--import", "tsx"], env: { ...process.env, ...env } });
}

function residentKilobytes({ child }: Server): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)]).toString());
}

async function hear(clients: ChildProcess): Promise<ClientReport> {
  const [report] = (await once(clients, "message")) as [ClientReport];
  return report;
}

/** One server, one size: the burst's deliveries a second, then the latency of single events. */
async function measure(kind: Kind, size: number, sample: { bytes: string }): Promise<Figures> {
  const name = `bench_${nextSeed()}`;
  await execute(postgres.url, `create database ${name} template template_bench`);
  const url = databaseUrl(postgres.url, name);
  const database = openDatabase({ url, connectionsMax: 4 });
  const repositoryId = await storeRepository(database, "octo", "bench");
  const connection = await openRabbitmqConnection({
    ...{ url: broker.url, logger, signal: new AbortController().signal },
  });
  const fanout = await openRabbitmqFanout({ connection, logger });
  const clients = forkScript("clients.ts");
  const tell = (command: ClientCommand) => clients.send(command);
  try {
    await using server = await startServer(kind, { DATABASE_URL: url, RABBITMQ_URL: broker.url });
    const before = residentKilobytes(server);
    const over = kind === "tracker, streams" ? "event stream" : "WebSocket";
    tell({ kind: "connect", url: server.url, count: size, query: QUERY, over });
    await hear(clients);
    await delay(1_000); // for the last subscriptions to be open
    const kilobytesEach = (residentKilobytes(server) - before) / size;

    const each = Math.max(20, Math.min(1_000, Math.round(DELIVERIES / size)));
    const store = () => storeEvent(database, repositoryId, line(nextSeed(), 3));
    const burst = hear(clients);
    tell({ kind: "expect", each, isTimed: false });
    if (kind === "bare ws")
      server.child.send({ bytes: sample.bytes, times: each } satisfies BareCommand);
    else await fanout.ring(await storeBurst(database, repositoryId, each));
    const received = await burst;
    if (received.kind !== "received") throw new Error("not connected in time");
    if (kind === "tracker") sample.bytes = received.sample;
    const perSecond = (size * each - 1) / received.seconds;
    const clientCpu = received.cpuSeconds / received.seconds;
    if (kind === "bare ws")
      return { perSecond, clientCpu, p50: Number.NaN, p99: Number.NaN, kilobytesEach };

    const timed = hear(clients);
    tell({ kind: "expect", each: TIMED_EVENTS, isTimed: true });
    const storedAt = new Map<string, number>();
    for (let index = 0; index < TIMED_EVENTS; index += 1) {
      const sequence = await store();
      storedAt.set(String(sequence), performance.timeOrigin + performance.now());
      await fanout.ring(sequence);
      await delay(timedEveryMs(size));
    }
    const { receipts } = (await timed) as Extract<ClientReport, { kind: "received" }>;
    const delays = receipts.map(([sequence, at]) => at - (storedAt.get(sequence) ?? Number.NaN));
    delays.sort((one, other) => one - other);
    const at = (share: number) => delays[Math.ceil(share * delays.length) - 1] ?? Number.NaN;
    return { perSecond, clientCpu, p50: at(0.5), p99: at(0.99), kilobytesEach };
  } finally {
    clients.disconnect();
    await fanout.close();
    await connection.close();
    await database.close();
    await execute(postgres.url, `drop database ${name} with (force)`);
  }
}

/** All in one transaction, so that what storing them takes is no part of the figure. */
async function storeBurst(
  { transaction }: Database,
  repositoryId: number,
  count: number,
): Promise<bigint> {
  return await transaction(
    async (tx) => {
      let last = 0n;
      for (let index = 0; index < count; index += 1) {
        last = await writeEvent(tx, repositoryId, line(nextSeed(), 3));
      }
      return last;
    },
    { timeoutMs: 60_000 },
  );
}

const median = (numbers: readonly number[]) =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

try {
  await execute(postgres.url, "create database template_bench");
  await migrate(databaseUrl(postgres.url, "template_bench"));
  const table: Record<string, unknown>[] = [];
  for (const size of SIZES) {
    const figures = new Map<Kind, Figures[]>(KINDS.map((kind) => [kind, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      const sample = { bytes: "" }; // the tracker goes first: its bytes are what the floor sends
      for (const kind of KINDS) figures.get(kind)?.push(await measure(kind, size, sample));
    }
    const of = (kind: Kind, figure: keyof Figures) =>
      (figures.get(kind) ?? []).map((one) => one[figure]);
    for (const kind of KINDS) {
      const rates = of(kind, "perSecond");
      table.push({
        subscribers: size,
        server: kind,
        "deliveries/s": Math.round(median(rates)),
        min: Math.round(Math.min(...rates)),
        max: Math.round(Math.max(...rates)),
        "× graphql-ws": Number((median(rates) / median(of("graphql-ws", "perSecond"))).toFixed(1)),
        "% of floor": Math.round((100 * median(rates)) / median(of("bare ws", "perSecond"))),
        "p50 ms": Number(median(of(kind, "p50")).toFixed(1)),
        "p99 ms": Number(median(of(kind, "p99")).toFixed(1)),
        "kB a subscriber": Math.round(median(of(kind, "kilobytesEach"))),
        "client CPU %": Math.round(100 * median(of(kind, "clientCpu"))),
      });
    }
  }
  new Console(process.stdout).table(table);
  await writeFile("bench-fanout.json", JSON.stringify({ rounds: ROUNDS, table }, null, 2));
} finally {
  await broker.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

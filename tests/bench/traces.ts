/**
 * `npm run bench:traces`: what tracing costs, in processor time of the traced process, of an operation and
 * of a first history. `-- --import FILE` adds a process that has loaded FILE first, such as one that sets up
 * other instrumentations; `--operations` leaves the history out.
 */
import { execFile } from "node:child_process";
import { Console } from "node:console";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";
import { startOtlpReceiver } from "../support/otlp-receiver.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";
import { findRabbitmqServer, startBroker } from "../support/rabbitmq.js";
import { startTracker } from "../support/tracker-process.js";
import { seed } from "./api/seed.js";
import { startHistory } from "./whole-path.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    requests: { type: "string", default: "2000" },
    commits: { type: "string", default: "50000" },
    import: { type: "string" },
    operations: { type: "boolean", default: false },
  },
});
const ROUNDS = Number(values.rounds);
const REQUESTS = Number(values.requests);
const CONNECTIONS = 16;
const PAGE = `{ commits(first: 20) { edges { node { oid messageHeadline author { name } } } } }`;
const CASES = { nothing: "{ __typename }", "first page": PAGE };

const receiver = await startOtlpReceiver();
const sampled = (ratio: number) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
  OTEL_TRACES_SAMPLER_ARG: String(ratio),
});
const VARIANTS: Readonly<Record<string, Record<string, string>>> = {
  untraced: {},
  "1 %": sampled(0.01),
  "100 %": sampled(1),
  ...(values.import !== undefined && {
    // Beside our own spans, which find its SDK.
    imported: {
      ...sampled(0.01),
      OTEL_SDK_DISABLED: "true",
      NODE_OPTIONS: `--import ${values.import}`,
    },
  }),
};

const run = promisify(execFile);
const median = (numbers: readonly number[]) =>
  [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function cpuSeconds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1]);
}

/** Processor microseconds of one request. */
async function costOf(url: string, query: string): Promise<number> {
  const before = await cpuSeconds(url);
  const body = JSON.stringify({ query });
  const headers = { "content-type": "application/json" };
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let sent = 0; sent < REQUESTS / CONNECTIONS; sent += 1) {
        const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body });
        if (!(await answer.text()).includes('"data"')) throw new Error("no answer");
      }
    }),
  );
  return (1e6 * ((await cpuSeconds(url)) - before)) / REQUESTS;
}

const figures = new Map<string, number[]>();
function note(what: string, variant: string, value: number): void {
  const key = `${what}|${variant}`;
  figures.set(key, [...(figures.get(key) ?? []), value]);
}

const folder = await mkdtemp(join(tmpdir(), "tracker-bench-"));
const postgres = await startEmbeddedPostgres({
  dataDir: folder,
  logger: pino({ level: "silent" }),
});
const rabbitmq = findRabbitmqServer();
if (rabbitmq === null)
  throw new Error("bench:traces needs RabbitMQ: apt-get install rabbitmq-server");
const broker = await startBroker(rabbitmq);
const history = await startHistory();
try {
  const database = databaseUrl(postgres.url, "bench");
  await execute(postgres.url, "create database bench");
  await migrate(database);
  await seed(database, Number(values.commits));
  await execute(postgres.url, "create database empty");
  await migrate(databaseUrl(postgres.url, "empty"));
  const trackers = Object.entries(VARIANTS).map(([variant, env]) => {
    const of = { DATABASE_URL: database, RABBITMQ_URL: broker.url, ROLES: "api", RATE_LIMIT: "0" };
    return { variant, tracker: startTracker({ ...of, ...env }) };
  });
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, query] of Object.entries(CASES)) {
      for (const { variant, tracker } of trackers) {
        const cost = await costOf(await tracker.url(), query);
        if (round > 0) note(`µs of an operation: ${name}`, variant, cost); // the first warms up
      }
    }
  }
  for (const { tracker } of trackers) await tracker.stop();
  for (let round = 0; round < (values.operations ? 0 : ROUNDS); round += 1) {
    for (const [variant, env] of Object.entries(VARIANTS)) {
      const own = `ingest_${round}_${figures.size}_${Date.now()}`;
      await execute(postgres.url, `create database ${own} template empty`);
      const script = fileURLToPath(new URL("traces/ingest-process.ts", import.meta.url));
      const args = [
        "--import",
        "tsx",
        script,
        databaseUrl(postgres.url, own),
        history.url,
        history.head,
      ];
      const { stdout } = await run(process.execPath, args, { env: { ...process.env, ...env } });
      note("s of a history of 20,000", variant, Number(stdout.trim()));
    }
  }
} finally {
  await history.stop();
  await broker.stop();
  await postgres.stop();
  await receiver[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}
const table = Array.from(figures, ([key, costs]) => {
  const [what = "", variant = ""] = key.split("|");
  const base = median(figures.get(`${what}|untraced`) ?? []);
  const shown = (value: number) => Number(value.toPrecision(4));
  return {
    what,
    variant,
    cpu: shown(median(costs)),
    min: shown(Math.min(...costs)),
    max: shown(Math.max(...costs)),
    "of untraced": `${((100 * median(costs)) / base).toFixed(1)} %`,
  };
});
new Console(process.stdout).table(table);

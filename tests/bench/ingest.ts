/**
 * `npm run bench:ingest`: the page write beside createMany and COPY into the same table with the same
 * indexes, then the whole path. `-- --beside FOLDER` adds the page write of another checkout, on a database
 * of its own making, in the same turns; `-- --pages` leaves the whole path out.
 */
import { Console } from "node:console";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";
import {
  type Code,
  codeIn,
  type Measured,
  measure,
  OWN_CODE,
  pageWrite,
  peers,
  syntheticHistory,
  type Writer,
} from "./ingest/page-write.js";
import { measureWholePath } from "./whole-path.js";

const ROUNDS = 3;
const ROWS = 20_000;
const BATCHES = [100, 1_000, 5_000];

const { values } = parseArgs({
  options: { beside: { type: "string" }, pages: { type: "boolean", default: false } },
});
const beside = values.beside === undefined ? [] : [await codeIn(values.beside)];
const writers: readonly Writer[] = [
  pageWrite("page write", OWN_CODE),
  ...beside.map((code) => pageWrite(`page write of ${values.beside}`, code)),
  ...peers,
];
const dataDir = await mkdtemp(join(tmpdir(), "tracker-bench-"));
const postgres = await startEmbeddedPostgres({ dataDir, logger: pino({ level: "silent" }) });
const templates = new Map<Code, string>();
let made = 0;

/** Of one that has been migrated once. */
async function makeDatabase(code: Code = OWN_CODE): Promise<string> {
  const template = templates.get(code) ?? `template_${templates.size}`;
  if (!templates.has(code)) {
    await execute(postgres.url, `create database ${template}`);
    await code.migrate(databaseUrl(postgres.url, template));
    templates.set(code, template);
  }
  made += 1;
  await execute(postgres.url, `create database bench_${made} template ${template}`);
  return databaseUrl(postgres.url, `bench_${made}`);
}

const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

try {
  const commits = syntheticHistory(ROWS, "bench");
  const table: Record<string, unknown>[] = [];
  for (const batch of BATCHES) {
    const measured = new Map(writers.map(({ name }) => [name, [] as Measured[]]));
    for (let round = 0; round < ROUNDS; round += 1) {
      // Another first one each round, so that none always has the warm caches.
      for (let turn = 0; turn < writers.length; turn += 1) {
        const writer = writers[(turn + round) % writers.length];
        if (writer === undefined) continue;
        measured.get(writer.name)?.push(await measure(writer, makeDatabase, commits, batch));
      }
    }
    const all = (name: string) => measured.get(name) ?? [];
    const rate = (name: string) => median(all(name).map((one) => one.rowsPerSecond));
    for (const { name } of writers) {
      const rates = all(name).map((one) => one.rowsPerSecond);
      const filled = all(name).flatMap((one) => one.filledPerSecond ?? []);
      table.push({
        "rows a batch": batch,
        writer: name,
        "rows/s": Math.round(rate(name)),
        min: Math.round(Math.min(...rates)),
        max: Math.round(Math.max(...rates)),
        "× createMany": Number((rate(name) / rate("createMany")).toFixed(1)),
        "% of COPY": Math.round((100 * rate(name)) / rate("COPY")),
        "filled behind/s": filled.length === 0 ? null : Math.round(median(filled)),
        "bytes a commit": Math.round(median(all(name).map((one) => one.bytesPerRow))),
      });
    }
  }
  const wholePath = values.pages ? null : await measureWholePath(() => makeDatabase());
  const { table: print } = new Console(process.stdout);
  print(table);
  if (wholePath !== null) print([wholePath]);
  await writeFile("bench-ingest.json", JSON.stringify({ pageWrite: table, wholePath }, null, 2));
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

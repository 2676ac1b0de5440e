/** `npm run bench:ingest`: the page write beside createMany and COPY, then the whole path. */
import { Console } from "node:console";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";
import { measure, syntheticHistory, writers } from "./page-write.js";
import { measureWholePath } from "./whole-path.js";

const ROUNDS = 3;
const ROWS = 20_000;
const BATCHES = [100, 1_000];

const dataDir = await mkdtemp(join(tmpdir(), "tracker-bench-"));
const postgres = await startEmbeddedPostgres({ dataDir, logger: pino({ level: "silent" }) });
let made = 0;
async function makeDatabase(): Promise<string> {
  made += 1;
  await execute(postgres.url, `create database bench_${made} template template_bench`);
  return databaseUrl(postgres.url, `bench_${made}`);
}

try {
  await execute(postgres.url, "create database template_bench");
  await migrate(databaseUrl(postgres.url, "template_bench"));
  const commits = syntheticHistory(ROWS, "bench");
  const table: Record<string, unknown>[] = [];
  for (const batch of BATCHES) {
    const rates = new Map(writers.map(({ name }) => [name, [] as number[]]));
    for (let round = 0; round < ROUNDS; round += 1) {
      // Another first one each round, so that none always has the warm caches.
      for (let turn = 0; turn < writers.length; turn += 1) {
        const writer = writers[(turn + round) % writers.length];
        if (writer === undefined) continue;
        rates.get(writer.name)?.push(await measure(writer, makeDatabase, commits, batch));
      }
    }
    const median = (name: string) => [...(rates.get(name) ?? [])].sort((a, b) => a - b)[1] ?? 0;
    for (const { name } of writers) {
      const all = rates.get(name) ?? [];
      table.push({
        "rows a batch": batch,
        writer: name,
        "rows/s": Math.round(median(name)),
        min: Math.round(Math.min(...all)),
        max: Math.round(Math.max(...all)),
        "× createMany": Number((median(name) / median("createMany")).toFixed(1)),
        "% of COPY": Math.round((100 * median(name)) / median("COPY")),
      });
    }
  }
  const wholePath = await measureWholePath(makeDatabase);
  const { table: print } = new Console(process.stdout);
  print(table);
  print([wholePath]);
  await writeFile("bench-ingest.json", JSON.stringify({ pageWrite: table, wholePath }, null, 2));
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/**
 * `check`: fails when a migration does what none may, and when prisma/schema.prisma and
 * prisma/migrations disagree.
 * `new NAME`: writes the migration from the committed schema.prisma to the one in the work tree.
 */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../src/postgres/embedded-postgres.js";
import { migrate } from "../src/postgres/migrate.js";
import { MIGRATIONS_FOLDER, readMigrations } from "../src/postgres/migration-files.js";
import { describeSchema } from "./describe-schema.js";
import { faultsOf } from "./migration-faults.js";
import { diffSchemas, withSchemaEngine } from "./schema-engine.js";

const SCHEMA = "prisma/schema.prisma";

/** Whether each keeps to what a migration may do; says what does not. */
async function checkFiles(): Promise<boolean> {
  const migrations = await readMigrations(MIGRATIONS_FOLDER);
  const faults = migrations.flatMap(({ name, sql }, index) =>
    faultsOf(sql, { isFirst: index === 0 }).map((fault) => `${name}: ${fault}\n`),
  );
  process.stderr.write(faults.join(""));
  return faults.length === 0;
}

async function checkSchema(url: string, schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("create database migrated");
  await client.query("create database declared");
  const at = (name: string) => url.replace(/[^/]*$/, name);
  await migrate(at("migrated"));
  await client.end();
  const sql = await withSchemaEngine(url, (engine) => diffSchemas(engine, null, schema));
  const declared = new pg.Client({ connectionString: at("declared") });
  await declared.connect();
  await declared.query(sql);
  await declared.end();
  const [before, after] = await Promise.all(
    ["migrated", "declared"].map((n) => describeSchema(at(n))),
  );
  if (before === after) return;
  const lines = (text = "") => new Set(text.split("\n"));
  const missing = [...lines(after)].filter((line) => !lines(before).has(line));
  const extra = [...lines(before)].filter((line) => !lines(after).has(line));
  process.stderr.write(
    `${SCHEMA} and prisma/migrations disagree; run: npm run migration:new -- NAME\n${[
      ...missing.map((line) => `  only in the schema:     ${line}`),
      ...extra.map((line) => `  only in the migrations: ${line}`),
    ].join("\n")}\n`,
  );
  process.exitCode = 1;
}

async function create(url: string, schema: string, name: string): Promise<void> {
  const committed = committedSchema();
  const sql = await withSchemaEngine(url, (engine) => diffSchemas(engine, committed, schema));
  const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  const folder = join(MIGRATIONS_FOLDER, `${stamp}_${name}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "migration.sql"), sql);
  process.stdout.write(`wrote ${folder}/migration.sql\n`);
}

/** Null before the first migration exists. */
function committedSchema(): string | null {
  const listed = execFileSync("git", ["ls-files", "prisma/migrations/*.sql"], { encoding: "utf8" });
  if (listed === "") return null;
  return execFileSync("git", ["show", `HEAD:${SCHEMA}`], { encoding: "utf8" });
}

const [command, name] = process.argv.slice(2);
const dataDir = await mkdtemp(join(tmpdir(), "tracker-migration-"));
const postgres = await startEmbeddedPostgres({ dataDir, logger: pino({ level: "silent" }) });
try {
  const schema = await readFile(SCHEMA, "utf8");
  if (command === "new" && name !== undefined) await create(postgres.url, schema, name);
  else if (await checkFiles()) await checkSchema(postgres.url, schema);
  else process.exitCode = 1;
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

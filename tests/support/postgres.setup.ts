import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { pino } from "pino";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** A server that tests make databases on, and the migrated database to copy. */
    postgres: { url: string; template: string };
  }
}

/** One server for the run: `TEST_DATABASE_URL` when set, else the embedded one in a temporary folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TEST_DATABASE_URL;
  const own = given === undefined ? await startOwn() : null;
  const url = given ?? own?.url ?? "";
  const template = `tracker_template_${process.pid}`;
  await execute(url, `create database ${template}`);
  await migrate(databaseUrl(url, template));
  project.provide("postgres", { url, template });
  return async () => {
    if (own === null) await execute(url, `drop database if exists ${template} with (force)`);
    await own?.stop();
  };
}

async function startOwn(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), "tracker-test-"));
  const postgres = await startEmbeddedPostgres({ dataDir, logger: pino({ level: "silent" }) });
  const stop = async () => {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url: postgres.url, stop };
}

export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

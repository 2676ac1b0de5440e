import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, describe, expect, inject, it } from "vitest";
import { describeSchema, MIGRATIONS_FOLDER, migrate } from "../../src/postgres/migrate.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";

describe("migrations", () => {
  const made: string[] = [];
  afterEach(async () => {
    for (const name of made.splice(0)) {
      await execute(inject("postgres").url, `drop database if exists ${name} with (force)`);
    }
  });

  async function emptyDatabase(): Promise<string> {
    const name = `tracker_migration_${randomBytes(6).toString("hex")}`;
    await execute(inject("postgres").url, `create database ${name}`);
    made.push(name);
    return databaseUrl(inject("postgres").url, name);
  }

  async function bookkeeping(url: string): Promise<{ name: string; steps: number }[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(
      "select migration_name as name, applied_steps_count as steps from _prisma_migrations order by 1",
    );
    await client.end();
    return rows;
  }

  it("are applied once when several processes start at once", async () => {
    const url = await emptyDatabase();
    const results = await Promise.all([migrate(url), migrate(url), migrate(url)]);
    const names = (await bookkeeping(url)).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(results.filter((applied) => applied.length > 0)).toEqual([names]);
    expect(await migrate(url)).toEqual([]);
  });

  it("that are new are applied on top of those the database has", async () => {
    const url = await emptyDatabase();
    await migrate(url);
    const folder = await mkdtemp(join(tmpdir(), "tracker-migrations-"));
    try {
      await cp(MIGRATIONS_FOLDER, folder, { recursive: true });
      await mkdir(join(folder, "29990101000000_later"));
      await writeFile(
        join(folder, "29990101000000_later", "migration.sql"),
        "create table later (id int);",
      );
      expect(await migrate(url, folder)).toEqual(["29990101000000_later"]);
      expect(await describeSchema(url)).toContain("column later.id integer");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

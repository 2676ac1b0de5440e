import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { describeSchema } from "../../scripts/describe-schema.js";
import { withSchemaEngine } from "../../scripts/schema-engine.js";
import { statementsOf } from "../../scripts/sql-statements.js";
import { migrate } from "../../src/postgres/migrate.js";
import { MIGRATIONS_FOLDER, readMigrations } from "../../src/postgres/migration-files.js";
import { eventually } from "../support/eventually.js";
import { databaseUrl, execute } from "../support/postgres.setup.js";
import { startTcpProxy } from "../support/tcp-proxy.js";

const LATER = "29990101000000_later";

describe("migrations", () => {
  const made: string[] = [];
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tracker-migrations-"));
    await cp(MIGRATIONS_FOLDER, folder, { recursive: true });
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
    for (const name of made.splice(0)) {
      await execute(inject("postgres").url, `drop database if exists ${name} with (force)`);
    }
  });

  async function createDatabase(template = "template1"): Promise<string> {
    const name = `tracker_migration_${randomBytes(6).toString("hex")}`;
    await execute(inject("postgres").url, `create database ${name} template ${template}`);
    made.push(name);
    return databaseUrl(inject("postgres").url, name);
  }
  const emptyDatabase = () => createDatabase();
  const migratedDatabase = () => createDatabase(inject("postgres").template);

  async function writeMigration(name: string, sql: string): Promise<void> {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, "migration.sql"), sql);
  }

  async function ask<T extends object>(url: string, sql: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async function deployByPrisma(url: string): Promise<string[]> {
    const migrations = await readMigrations(folder);
    const lockfile = await readFile(join(folder, "migration_lock.toml"), "utf8");
    const migrationsList = {
      baseDir: folder,
      lockfile: { path: "migration_lock.toml", content: lockfile },
      shadowDbInitScript: "",
      migrationDirectories: migrations.map(({ name, sql }) => ({
        path: name,
        migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value: sql } },
      })),
    };
    const filters = { externalTables: [], externalEnums: [] };
    const { appliedMigrationNames } = await withSchemaEngine(url, (engine) =>
      engine.applyMigrations({ migrationsList, filters }),
    );
    return appliedMigrationNames;
  }

  /** Everything in the database that a migration could have made. */
  async function everythingIn(url: string): Promise<string> {
    const rows = await ask<{ line: string }>(
      url,
      `select 'relation ' || relname as line from pg_class where relnamespace = 'public'::regnamespace
       union all select 'column ' || relname || '.' || attname
         from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped
       union all select 'type ' || typname from pg_type where typnamespace = 'public'::regnamespace
       union all select 'function ' || proname from pg_proc where pronamespace = 'public'::regnamespace
       union all select 'trigger ' || tgname from pg_trigger where not tgisinternal
       union all select 'constraint ' || conname from pg_constraint where connamespace = 'public'::regnamespace
       order by 1`,
    );
    return rows.map(({ line }) => line).join("\n");
  }

  const workers = (url: string) =>
    ask(
      url,
      "select 1 from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and datname = current_database() and pid <> pg_backend_pid()",
    );

  it("are applied once when several processes start at once", async () => {
    const url = await emptyDatabase();
    const results = await Promise.all([1, 2, 3, 4].map(() => migrate(url)));
    const names = (await readMigrations(MIGRATIONS_FOLDER)).map(({ name }) => name);
    expect(results.flat().sort()).toEqual(names); // each by one of them: they take turns between two
    expect(await migrate(url)).toEqual([]);
  });

  it("that are new are applied on top of those the database has", async () => {
    const url = await migratedDatabase();
    await writeMigration(LATER, "create table later (id int);");
    expect(await migrate(url, { folder })).toEqual([LATER]);
    expect(await describeSchema(url)).toContain("column later.id integer");
  });

  it("are noted as `prisma migrate` notes them, and each takes the other's notes", async () => {
    for (const { name } of await readMigrations(folder))
      await rm(join(folder, name), { recursive: true });
    await writeMigration(LATER, "create table later (id int);");
    const [ours, theirs] = [await emptyDatabase(), await emptyDatabase()];
    expect(await migrate(ours, { folder })).toEqual([LATER]);
    expect(await deployByPrisma(theirs)).toEqual([LATER]);
    expect(await deployByPrisma(ours)).toEqual([]);
    expect(await migrate(theirs, { folder })).toEqual([]);
    const columns = `
      select column_name, data_type, character_maximum_length, is_nullable, column_default
        from information_schema.columns where table_name = '_prisma_migrations' order by ordinal_position`;
    expect(await ask(ours, columns)).toEqual(await ask(theirs, columns));
    const own = {
      id: expect.any(String),
      started_at: expect.any(Date),
      finished_at: expect.any(Date),
    };
    const notes = await ask(theirs, "select * from _prisma_migrations");
    expect(await ask(ours, "select * from _prisma_migrations")).toEqual(
      notes.map((note) => ({ ...note, ...own })),
    );
  });

  it("that end at any statement leave nothing, and the next start does them whole", async () => {
    await writeMigration(
      LATER,
      `create table later (id int); insert into later select generate_series(1, 3);
       alter table later add column twice int generated always as (id * 2) stored; drop table later;
       alter table repository add column later text;`,
    );
    const url = await emptyDatabase();
    const whole = await emptyDatabase();
    for (const [index, { name, sql }] of (await readMigrations(folder)).entries()) {
      const before = await everythingIn(url);
      const statements = statementsOf(sql);
      const cutFolder = await mkdtemp(join(tmpdir(), "tracker-cut-"));
      for (const each of (await readMigrations(folder)).slice(0, index)) {
        await mkdir(join(cutFolder, each.name));
        await writeFile(join(cutFolder, each.name, "migration.sql"), each.sql);
      }
      await mkdir(join(cutFolder, name));
      for (let count = 0; count <= statements.length; count++) {
        const cut = [
          ...statements.slice(0, count),
          "select pg_terminate_backend(pg_backend_pid())",
          ...statements.slice(count),
        ];
        await writeFile(join(cutFolder, name, "migration.sql"), cut.join(";\n"));
        await expect(migrate(url, { folder: cutFolder })).rejects.toMatchObject({
          code: "DATABASE_UNAVAILABLE",
        });
        expect(await everythingIn(url)).toBe(before);
      }
      await writeFile(join(cutFolder, name, "migration.sql"), sql);
      expect(await migrate(url, { folder: cutFolder })).toEqual([name]);
      await rm(cutFolder, { recursive: true });
    }
    await migrate(whole, { folder });
    expect(await everythingIn(url)).toBe(await everythingIn(whole));
    expect(await describeSchema(url)).toBe(await describeSchema(whole));
  }, 60_000);

  it("that end before they are noted leave nothing either", async () => {
    const url = await migratedDatabase();
    await execute(
      url,
      `create function "end"() returns trigger language plpgsql as
         $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
       create trigger "end" before insert on _prisma_migrations for each row execute function "end"()`,
    );
    const before = await everythingIn(url);
    await writeMigration(LATER, "create table later (id int);");
    await expect(migrate(url, { folder })).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    expect(await everythingIn(url)).toBe(before);
    await execute(url, `drop function "end" cascade`);
    expect(await migrate(url, { folder })).toEqual([LATER]);
  });

  it("that fail say which and why, and leave nothing", async () => {
    const url = await migratedDatabase();
    const before = await everythingIn(url);
    await writeMigration(LATER, "create table later (id int); select 1 / 0;");
    await expect(migrate(url, { folder })).rejects.toMatchObject({
      code: "DATABASE_UNFIT",
      message: `The migration ${LATER} failed, and nothing of it was kept: division by zero`,
    });
    expect(await everythingIn(url)).toBe(before);
  });

  it("are given up whole, and at once, by a process that is told to stop", async () => {
    const url = await migratedDatabase();
    const before = await everythingIn(url);
    await writeMigration(LATER, "create table later (id int); select pg_sleep(60);");
    const stopping = new AbortController();
    const migrating = migrate(url, { folder, signal: stopping.signal });
    await eventually(async () => expect(await workers(url)).toHaveLength(1));
    const toldAt = Date.now();
    stopping.abort();
    await expect(migrating).rejects.toMatchObject({ name: "AbortError" });
    await eventually(async () => expect(await workers(url)).toEqual([]));
    expect(Date.now() - toldAt).toBeLessThan(2_000);
    expect(await everythingIn(url)).toBe(before);
  });

  it("are given up by the server when the process is gone", async () => {
    const url = await migratedDatabase();
    const { hostname, port } = new URL(url);
    await using line = await startTcpProxy({ host: hostname, port: Number(port) });
    const throughLine = new URL(url);
    throughLine.port = String(line.port);
    await writeMigration(LATER, "create table later (id int); select pg_sleep(60);");
    const migrating = migrate(throughLine.href, { folder });
    await eventually(async () => expect(await workers(url)).toHaveLength(1));
    line.cut();
    await expect(migrating).rejects.toMatchObject({ code: "DATABASE_UNAVAILABLE" });
    await eventually(async () => expect(await workers(url)).toEqual([]), 5_000);
    expect(await describeSchema(url)).not.toContain("later");
  });

  it("ask again for a table that others hold, and say whose it is when that takes too long", async () => {
    const url = await migratedDatabase();
    await writeMigration(LATER, "alter table repository add column later text;");
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query("begin");
    await holder.query("lock table repository in access share mode");
    await expect(migrate(url, { folder, patienceMs: 1 })).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
      message: expect.stringMatching(
        new RegExp(`have waited for \\d+ s: ${LATER}: .*process \\d+, for`),
      ),
    });
    const migrating = migrate(url, { folder });
    await eventually(async () =>
      expect(await ask(url, "select 1 from pg_locks where not granted")).toHaveLength(1),
    );
    await holder.query("commit");
    await holder.end();
    expect(await migrating).toEqual([LATER]);
  });

  it("wait for another process that applies them, and not for ever", async () => {
    const url = await emptyDatabase();
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    await other.query("select pg_advisory_lock(72707369)"); // as `prisma migrate` does
    await expect(migrate(url, { patienceMs: 200 })).rejects.toMatchObject({
      code: "DATABASE_UNAVAILABLE",
      message: expect.stringContaining("another process applies them"),
    });
    const migrating = migrate(url);
    await other.end();
    expect(await migrating).not.toEqual([]);
  });

  it.each([
    [
      "changed since",
      "changed since they were applied here: 20261126000000_init",
      "update _prisma_migrations set checksum = 'x'",
    ],
    [
      "of a newer version",
      `a newer version has been here, with migrations unknown to this one: ${LATER}`,
      `insert into _prisma_migrations (id, checksum, migration_name, finished_at) values ('x', 'x', '${LATER}', now())`,
    ],
    [
      "of a version never released",
      "from which nothing leads here: 20200101000000_first",
      "update _prisma_migrations set migration_name = '20200101000000_first'",
    ],
    [
      "begun and not finished",
      "begun by something else and not finished: 20261126000000_init",
      "update _prisma_migrations set finished_at = null",
    ],
  ])(
    "refuse a database whose migrations are %s, in a line that says what to do",
    async (_, message, sql) => {
      const url = await migratedDatabase();
      await execute(url, sql);
      const before = await everythingIn(url);
      const failure = await migrate(url).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "DATABASE_UNFIT" });
      expect(String(failure)).toContain(message);
      expect(String(failure)).toMatch(/\. [A-Z][^\n]*\.$/);
      expect(await everythingIn(url)).toBe(before);
    },
  );
});

import type { ClientBase } from "pg";
import type { Migration } from "./migration-files.js";

/** Prisma's own table, so that `prisma migrate status` and `deploy` agree with us. */
const CREATE_TABLE = `
  create table if not exists _prisma_migrations (
    id                  varchar(36) primary key not null,
    checksum            varchar(64) not null,
    finished_at         timestamptz,
    migration_name      varchar(255) not null,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz not null default now(),
    applied_steps_count integer not null default 0
  )`;

interface Entry {
  readonly name: string;
  readonly checksum: string;
  readonly isFinished: boolean;
}

/** What a database has been through, held against our own migrations. */
export interface MigrationHistory {
  /** Of ours, not yet applied there; oldest first. */
  readonly pending: readonly Migration[];
  /** Why nothing can be applied there, and what to do about it; null when all is well. */
  readonly fault: { readonly message: string; readonly remedy: string } | null;
}

/** How a database is asked. */
type Ask = <Row extends object>(text: string) => Promise<Row[]>;

export async function readHistory(
  ask: Ask,
  migrations: readonly Migration[],
): Promise<MigrationHistory> {
  const entries = await readEntries(ask);
  const applied = new Set(entries.map(({ name }) => name));
  return {
    pending: migrations.filter(({ name }) => !applied.has(name)),
    fault: findFault(migrations, entries),
  };
}

/** Notes within the transaction of the migration that it was applied. */
export async function noteApplied(
  client: ClientBase,
  { name, checksum }: Migration,
): Promise<void> {
  await client.query(CREATE_TABLE);
  await client.query(
    `insert into _prisma_migrations
       (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     values (gen_random_uuid()::text, $1, $2, now(), clock_timestamp(), 1)`,
    [checksum, name],
  );
}

async function readEntries(ask: Ask): Promise<Entry[]> {
  const [found] = await ask<{ isThere: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as "isThere"`,
  );
  if (found?.isThere !== true) return [];
  return await ask<Entry>(`
    select migration_name as name, checksum, finished_at is not null as "isFinished"
      from _prisma_migrations where rolled_back_at is null order by started_at, migration_name`);
}

function findFault(
  migrations: readonly Migration[],
  entries: readonly Entry[],
): MigrationHistory["fault"] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const newest = migrations.at(-1)?.name ?? "";
  const named = (found: readonly Entry[]) => found.map(({ name }) => name).join(", ");

  const unfinished = entries.filter(({ isFinished }) => !isFinished);
  if (unfinished.length > 0) {
    return {
      message: `begun by something else and not finished: ${named(unfinished)}`,
      remedy: "Restore the database as it was before, or begin with an empty one.",
    };
  }
  const unknown = entries.filter(({ name }) => !known.has(name));
  if (unknown.length > 0 && unknown.every(({ name }) => name > newest)) {
    return {
      message: `a newer version has been here, with migrations unknown to this one: ${named(unknown)}`,
      remedy: "Start that version, or restore the database as it was before.",
    };
  }
  if (unknown.length > 0) {
    return {
      message: `the tables are of a version that was never released, from which nothing leads here: ${named(unknown)}`,
      remedy: "Begin with an empty database.",
    };
  }
  const changed = entries.filter(({ name, checksum }) => known.get(name)?.checksum !== checksum);
  if (changed.length === 0) return null;
  return {
    message: `changed since they were applied here: ${named(changed)}`,
    remedy: "Put those files back as they were, or begin with an empty database.",
  };
}

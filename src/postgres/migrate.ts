import { fileURLToPath } from "node:url";
import pg from "pg";
import { databaseError } from "./database-error.js";
import { readMigrations, withSchemaEngine } from "./schema-engine.js";

/** `prisma/migrations` beside `src` or `dist`. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));

const MIGRATION_LOCK = 7_236_002; // any number, the same in every process

/**
 * Applies the migrations that the database lacks and returns their names, oldest first.
 * Safe when several processes start at once: one applies, the others wait and find nothing to do.
 */
export async function migrate(
  databaseUrl: string,
  folder: string = MIGRATIONS_FOLDER,
): Promise<string[]> {
  const lock = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  lock.on("error", () => {}); // the query below reports it
  try {
    await lock.connect();
    await lock.query("select pg_advisory_lock($1)", [MIGRATION_LOCK]);
    const migrationsList = await readMigrations(folder);
    if (
      await isUpToDate(
        lock,
        migrationsList.migrationDirectories.map(({ path }) => path),
      )
    ) {
      return [];
    }
    const filters = { externalTables: [], externalEnums: [] };
    const { appliedMigrationNames } = await withSchemaEngine(databaseUrl, (engine) =>
      engine.applyMigrations({ migrationsList, filters }),
    );
    return appliedMigrationNames;
  } catch (cause) {
    throw databaseError(cause);
  } finally {
    await lock.end().catch(() => {});
  }
}

/** Spares an ordinary start the engine, which takes longer to load than everything else here. */
async function isUpToDate(client: pg.Client, names: readonly string[]): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('_prisma_migrations') is not null as found`,
  );
  if (rows[0]?.found !== true) return false;
  const applied = await client.query<{ name: string }>(
    `select migration_name as name from _prisma_migrations
      where finished_at is not null and rolled_back_at is null`,
  );
  const done = new Set(applied.rows.map(({ name }) => name));
  return names.every((name) => done.has(name));
}

/**
 * Columns, indexes, constraints and enum values, one line each, sorted: equal texts mean equal
 * schemas. Left out: Prisma's own bookkeeping table, and the expressions of generated columns, which its
 * schema cannot say.
 */
export async function describeSchema(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ line: string }>(DESCRIBE_SCHEMA);
    return rows.map(({ line }) => line).join("\n");
  } finally {
    await client.end();
  }
}

const DESCRIBE_SCHEMA = `
  with tables as (
    select oid, relname from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> '_prisma_migrations'
  )
  select format('column %s.%s %s %s %s', t.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                case when a.attnotnull then 'not null' end,
                case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end) as line
    from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
  union all select 'index ' || pg_get_indexdef(i.indexrelid) from tables t join pg_index i on i.indrelid = t.oid
  union all select format('constraint %s.%s %s', t.relname, c.conname, pg_get_constraintdef(c.oid))
    from tables t join pg_constraint c on c.conrelid = t.oid and c.contype in ('p', 'u', 'f')
  union all select format('enum %s %s %s', y.typname, row_number() over (partition by y.oid order by e.enumsortorder), e.enumlabel)
    from pg_type y join pg_enum e on e.enumtypid = y.oid
  order by line`;

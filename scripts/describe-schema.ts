import pg from "pg";

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

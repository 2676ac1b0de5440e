import type { Database } from "../../../src/postgres/database.js";
import { execute } from "../../support/postgres.setup.js";

/** As many checks as there are repositories; due times are in no order of the table. */
export async function fill(url: string, size: number, share: number): Promise<void> {
  await execute(
    url,
    `
    insert into work (kind, subject_id, due_at, reason, done_at, rate)
    select 'check', i,
           now() + (case when i % ${1 / share} = 0 then -1 else 1 end + random()) * interval '1 day',
           'RATE', now(), 1e-5
      from generate_series(1, ${size}) i order by random()`,
  );
  await execute(url, "alter table work set (autovacuum_enabled = false)");
  await execute(url, "vacuum (analyze) work");
  await execute(url, "checkpoint");
}

/** Due again, at any time of the last day as before. */
export async function release({ primary }: Database, ids: readonly number[]): Promise<void> {
  await primary.$executeRaw`
    update work set due_at = now() - random() * interval '1 day', claimed_until = null
     where kind = 'check' and subject_id = any(${ids}::int[])`;
}

export async function findDue({ primary }: Database): Promise<number[]> {
  const rows = await primary.$queryRaw<{ id: number }[]>`
    select subject_id as id from work where kind = 'check' and due_at <= now()`;
  return rows.map(({ id }) => id);
}

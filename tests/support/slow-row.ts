import type { Database } from "../../src/postgres/database.js";

/** Whatever writes this repository's row takes the server so long from now on, each time. */
export async function slowDown(
  { primary }: Database,
  repositoryId: number,
  ms: number,
): Promise<void> {
  await primary.$executeRaw`
    create or replace function take_long() returns trigger language plpgsql as
    'begin perform pg_sleep(tg_argv[0]::float8 / 1000); return new; end'`;
  await primary.$executeRawUnsafe(`
    create or replace trigger takes_long before update on repository for each row
    when (new.id = ${repositoryId}) execute function take_long('${ms}')`);
}

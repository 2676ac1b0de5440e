import type { Database } from "../../src/postgres/database.js";
import { eventually } from "./eventually.js";

const ROWS = {
  "a change of its state": "before update of state on repository for each row when (new.id = ",
  "each of its commits": "before insert on commit for each row when (new.repository_id = ",
};

export type Slow = keyof typeof ROWS;

/** From now on that takes the server so long of this repository; 0: no longer. */
export async function slowDown(
  { primary }: Database,
  repositoryId: number,
  what: Slow,
  ms: number,
): Promise<void> {
  await primary.$executeRaw`
    create or replace function take_long() returns trigger language plpgsql as
    'begin perform pg_sleep(tg_argv[0]::float8 / 1000); return new; end'`;
  // It waits for whoever is writing, for no longer than a statement may.
  await eventually(() =>
    primary.$executeRawUnsafe(`
      create or replace trigger takes_long ${ROWS[what]} ${repositoryId})
      execute function take_long('${ms}')`),
  );
}

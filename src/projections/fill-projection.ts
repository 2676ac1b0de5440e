import type { Database } from "../postgres/database.js";
import { findStretch, moveMark, takeMark } from "../store/projections/projection-store.js";
import type { Projection } from "./projection.js";

/** What a step has left: more at once, what is too few yet, nothing for now, or somebody else's hands. */
export type Filled = "MORE" | "TOO_FEW" | "UP_TO_DATE" | "TAKEN";

/**
 * Fills the next events, in one transaction with their mark; where there are none, settles what is left.
 * Asked to, it leaves what is less than a whole step, as if there were none.
 */
export async function fillNext(
  database: Pick<Database, "transaction">,
  projection: Projection,
  { isWholeOnly = false }: { readonly isWholeOnly?: boolean } = {},
): Promise<Filled> {
  return await database.transaction(async (tx) => {
    const { name, commitsMax } = projection;
    const mark = await takeMark(tx, name);
    if (mark === null) return "TAKEN";
    const next = await findStretch(tx, mark, commitsMax);
    if (next === null || (isWholeOnly && !next.isFull)) {
      if ((await projection.settle?.(tx)) === true) return "MORE";
      return next === null ? "UP_TO_DATE" : "TOO_FEW";
    }
    await projection.fill(tx, next);
    await moveMark(tx, name, next.upTo);
    return next.isFull || projection.settle !== undefined ? "MORE" : "UP_TO_DATE";
  });
}

/** Fills all that is there; for whoever waits for it, as tests and benchmarks do. */
export async function fillAll(
  database: Pick<Database, "transaction">,
  projection: Projection,
): Promise<void> {
  while ((await fillNext(database, projection)) === "MORE");
}

/** To delete what was filled from a long feed takes its time. */
const EMPTY_MS_MAX = 10 * 60_000;

/**
 * Empties a projection, to be filled again from the first event. Reads stay exact meanwhile: all that is
 * not filled yet is read from the commits themselves, for as long as that takes. False while somebody
 * else has it.
 */
export async function rebuildProjection(
  database: Pick<Database, "transaction">,
  projection: Projection,
): Promise<boolean> {
  return await database.transaction(
    async (tx) => {
      if ((await takeMark(tx, projection.name)) === null) return false;
      await projection.empty(tx);
      await moveMark(tx, projection.name, 0n);
      return true;
    },
    { timeoutMs: EMPTY_MS_MAX },
  );
}

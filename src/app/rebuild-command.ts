import { setTimeout as delay } from "node:timers/promises";
import type { DatabasePlace } from "../config/config.js";
import type { Database } from "../postgres/database.js";
import { rebuildProjection } from "../projections/fill-projection.js";
import type { Projection } from "../projections/projection.js";
import { PROJECTIONS } from "../projections/projections.js";
import { type CommandOptions, withDatabase } from "./with-database.js";

/** Whoever fills it has it for a moment at a time. */
const TRY_AGAIN_MS = 200;

/**
 * `tracker rebuild`: empties what is derived from the commits, all of it or what is named, for a scheduler
 * to fill again; their names. Waits while it is being filled.
 */
export async function rebuild(
  place: DatabasePlace,
  options: CommandOptions,
  names: readonly string[],
): Promise<readonly string[]> {
  const chosen = PROJECTIONS.filter(({ name }) => names.length === 0 || names.includes(name));
  return await withDatabase(place, options, async (database) => {
    for (const projection of chosen) await empty(database, projection, options.signal);
    return chosen.map(({ name }) => name);
  });
}

async function empty(database: Database, projection: Projection, signal: AbortSignal) {
  while (!(await rebuildProjection(database, projection))) {
    await delay(TRY_AGAIN_MS, undefined, { signal });
  }
}

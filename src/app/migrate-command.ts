import type { DatabasePlace } from "../config/config.js";
import { type CommandOptions, withDatabase } from "./with-database.js";

/** `tracker migrate`: applies the migrations and ends; the names of those that were missing. */
export async function applyMigrations(
  place: DatabasePlace,
  options: CommandOptions,
): Promise<readonly string[]> {
  return await withDatabase(place, options, async (_database, migrations) => migrations);
}

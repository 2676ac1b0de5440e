import { resolve } from "node:path";
import type { KeyTasks } from "../cli/tools.js";
import type { DatabasePlace } from "../config/config.js";
import { createApiKey, listApiKeys, revokeApiKey } from "../store/keys/api-key-store.js";
import { placeOf } from "./doctor/reason.js";
import { type CommandOptions, withDatabase } from "./with-database.js";

/** `tracker keys`, on the database itself. */
export function createKeyTasks(place: DatabasePlace, options: CommandOptions): KeyTasks {
  return {
    database: describePlace(place),
    create: (key) => withDatabase(place, options, (database) => createApiKey(database, key)),
    list: () => withDatabase(place, options, listApiKeys),
    revoke: (id) => withDatabase(place, options, (database) => revokeApiKey(database, id)),
  };
}

function describePlace(place: DatabasePlace): string {
  if (place.kind === "distributed") return `${placeOf(place.databaseUrl)}, as DATABASE_URL has it`;
  const folder = resolve(place.dataDir);
  return place.isDemo ? `${folder}, the demo's: there are no GITHUB_TOKENS` : folder;
}

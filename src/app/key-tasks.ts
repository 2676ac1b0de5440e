import type { KeyTasks } from "../cli/tools.js";
import type { DatabasePlace } from "../config/config.js";
import { createApiKey, listApiKeys, revokeApiKey } from "../store/keys/api-key-store.js";
import { type CommandOptions, withDatabase } from "./with-database.js";

/** `tracker keys`, on the database itself. */
export function createKeyTasks(place: DatabasePlace, options: CommandOptions): KeyTasks {
  return {
    create: (key) => withDatabase(place, options, (database) => createApiKey(database, key)),
    list: () => withDatabase(place, options, listApiKeys),
    revoke: (id) => withDatabase(place, options, (database) => revokeApiKey(database, id)),
  };
}

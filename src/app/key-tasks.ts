import { resolve } from "node:path";
import type { KeyTasks } from "../cli/tools.js";
import type { DatabasePlace } from "../config/config.js";
import {
  createApiKey,
  listApiKeys,
  registerApiKey,
  revokeApiKey,
} from "../store/keys/api-key-store.js";
import { placeOf } from "./doctor/reason.js";
import { type CommandOptions, withDatabase } from "./with-database.js";

export interface KeyTaskOptions extends CommandOptions {
  /** Throws where none is given that can be one. */
  readonly givenSecret: () => string;
}

/** `tracker keys`, on the database itself. */
export function createKeyTasks(
  place: DatabasePlace,
  { givenSecret, ...options }: KeyTaskOptions,
): KeyTasks {
  return {
    database: describePlace(place),
    create: (key) => withDatabase(place, options, (database) => createApiKey(database, key)),
    async register(key) {
      const secret = givenSecret();
      return await withDatabase(place, options, (database) =>
        registerApiKey(database, { ...key, secret }),
      );
    },
    list: () => withDatabase(place, options, listApiKeys),
    revoke: (id) => withDatabase(place, options, (database) => revokeApiKey(database, id)),
  };
}

function describePlace(place: DatabasePlace): string {
  if (place.kind === "distributed") return `${placeOf(place.databaseUrl)}, as DATABASE_URL has it`;
  const folder = resolve(place.dataDir);
  return place.isDemo ? `${folder}, the demo's: there are no GITHUB_TOKENS` : folder;
}

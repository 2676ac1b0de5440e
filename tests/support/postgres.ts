import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import type { DatabaseLimits } from "../../src/postgres/database-limits.js";
import { databaseUrl, execute } from "./postgres.setup.js";

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
}

/** A migrated database of the caller's own, dropped when disposed. */
export async function createTestDatabase({
  connectionsMax = 8,
  limits = {},
  copyOf,
}: {
  connectionsMax?: number;
  limits?: Partial<DatabaseLimits>;
  /** One that nobody is connected to; absent: an empty one. */
  copyOf?: Pick<TestDatabase, "url">;
} = {}): Promise<TestDatabase> {
  const { url: server, template } = inject("postgres");
  const name = `tracker_test_${randomBytes(6).toString("hex")}`;
  const original = copyOf === undefined ? template : new URL(copyOf.url).pathname.slice(1);
  await execute(server, `create database ${name} template ${original}`);
  const url = databaseUrl(server, name);
  const database = openDatabase({ url, connectionsMax, limits });
  return {
    url,
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await execute(server, `drop database if exists ${name} with (force)`);
    },
  };
}

import type { ConnectionPool } from "./connection-pool.js";
import { databaseError } from "./database-error.js";
import type { PrismaClient } from "./prisma-client/client.js";
import type { Statement } from "./statement.js";

/** What answers queries: one server, or one and those that stand in for it. */
export interface Reader {
  /** For rows as they are. */
  readonly prisma: PrismaClient;
  /**
   * For statements of our own, as `ConnectionPool.query` gives their rows. Rejects with
   * `DATABASE_UNAVAILABLE` or `QUERY_TOO_EXPENSIVE` where these apply.
   */
  query<Row>(statement: Statement): Promise<Row[]>;
  /** What is not found here may be found on the primary. */
  readonly mayLag: boolean;
}

/** All that functions need which send one statement. */
export type StatementReader = Pick<Reader, "query">;

export function createReader(
  prisma: PrismaClient,
  query: ConnectionPool["query"],
  { mayLag }: { mayLag: boolean },
): Reader {
  return {
    prisma,
    async query<Row>(statement: Statement) {
      try {
        return await query<Row>(statement);
      } catch (error) {
        throw databaseError(error);
      }
    },
    mayLag,
  };
}

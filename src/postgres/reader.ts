import type { ConnectionPool } from "./connection-pool.js";
import { databaseError } from "./database-error.js";
import type { Statement } from "./statement.js";

/** What answers queries: one server, or one and those that stand in for it. */
export interface Reader {
  /**
   * The rows of one statement, as `ConnectionPool.query` gives them. Rejects with
   * `DATABASE_UNAVAILABLE` or, as the answer to a query, `QUERY_TOO_EXPENSIVE` where these apply.
   */
  query<Row>(statement: Statement): Promise<Row[]>;
  /** What is not found here may be found on the primary. */
  readonly mayLag: boolean;
  /**
   * Its tables show the rows of some repositories alone: what is about all of them begins with these, and
   * not with an order in which they are among everybody's.
   */
  readonly isLimited?: boolean;
}

/** All that functions need which send one statement. */
export type StatementReader = Pick<Reader, "query" | "isLimited">;

export function createReader(
  query: ConnectionPool["query"],
  { mayLag, isQuery = true }: { mayLag: boolean; isQuery?: boolean },
): Reader {
  return {
    async query<Row>(statement: Statement) {
      try {
        return await query<Row>(statement);
      } catch (error) {
        throw databaseError(error, { isQuery });
      }
    },
    mayLag,
  };
}

import { isTrackerError } from "../domain/errors.js";
import type { ConnectionPool } from "./connection-pool.js";
import { databaseError } from "./database-error.js";

/** One server that may be asked. */
export interface ReadServer extends Pick<ConnectionPool, "query"> {
  readonly name: string;
  /** It could not answer. */
  failed(): void;
}

/**
 * Asks the first of the servers that `choose` names, and once more the second when the first could not
 * answer. Only for what changes nothing: of that either answer is as good.
 */
export function createFailover(
  choose: () => readonly [ReadServer, ...ReadServer[]],
  onRead: (server: string) => void,
): ConnectionPool["query"] {
  return async (statement) => {
    const [first, second] = choose();
    onRead(first.name);
    try {
      return await first.query(statement);
    } catch (error) {
      const isAway = isTrackerError(
        databaseError(error, { isQuery: true }),
        "DATABASE_UNAVAILABLE",
      );
      if (!isAway || second === undefined) throw error;
      first.failed();
      onRead(second.name);
      return await second.query(statement);
    }
  };
}

import type { SqlDriverAdapter } from "@prisma/driver-adapter-utils";
import { isTrackerError } from "../domain/errors.js";
import type { ConnectionPool } from "./connection-pool.js";
import { databaseError } from "./database-error.js";

/** One server that may be asked. */
export interface ReadServer extends Pick<ConnectionPool, "query"> {
  readonly name: string;
  connect(): Promise<SqlDriverAdapter>;
  /** It could not answer. */
  failed(): void;
}

/** Asks one server and, if that could not answer, once more another. */
export type AskServer = <T>(question: (server: ReadServer) => Promise<T>) => Promise<T>;

/**
 * Asks the first of the servers that `choose` names, and once more the second when the first could not
 * answer. Only for what changes nothing: of that either answer is as good.
 */
export function createFailover(
  choose: () => readonly [ReadServer, ...ReadServer[]],
  onRead: (server: string) => void,
): AskServer {
  return async (question) => {
    const [first, second] = choose();
    onRead(first.name);
    try {
      return await question(first);
    } catch (error) {
      const isAway = isTrackerError(databaseError(error), "DATABASE_UNAVAILABLE");
      if (!isAway || second === undefined) throw error;
      first.failed();
      onRead(second.name);
      return await question(second);
    }
  };
}

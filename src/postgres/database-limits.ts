import { CONNECT_TIMEOUT_MS } from "./connection-pool.js";

/** How long what goes to the database may take; each is one wait, in milliseconds. */
export interface DatabaseLimits {
  /** For a connection to open, and for one to become free. */
  readonly connectMs: number;
  /** For each statement of what writes: a page's takes milliseconds, a stuck one must not hold a lock for ever. */
  readonly statementMs: number;
  /** For each statement of the reader's: nobody waits longer for an answer. */
  readonly readMs: number;
  /** For a transaction, unless it says otherwise. */
  readonly transactionMs: number;
  /**
   * For what other work holds, unless a transaction says otherwise: a fifth of the wait for a connection,
   * so that it takes five times as many waiting for one row as there are connections to stop the others.
   */
  readonly lockMs: number;
  /** For an answer to arrive, beyond what it may take the server: then its connection is given up. */
  readonly graceMs: number;
  /** For the server to say that it is there. */
  readonly readyMs: number;
  /** For what is in hand when the database is closed. */
  readonly closeMs: number;
}

export const DATABASE_LIMITS: DatabaseLimits = {
  connectMs: CONNECT_TIMEOUT_MS,
  statementMs: 15_000,
  readMs: 10_000,
  transactionMs: 60_000,
  lockMs: 1_000,
  graceMs: 3_000,
  readyMs: 1_500,
  closeMs: 5_000,
};

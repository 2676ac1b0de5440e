/** Told of what this process asks of PostgreSQL, for metrics. */
export interface DatabaseObserver {
  /** A statement has been answered, or has failed with an error. */
  statement(pool: string, sent: SentStatement, tookMs: number, error: unknown): void;
  transaction(outcome: TransactionOutcome, tookMs: number): void;
}

export interface SentStatement {
  readonly text: string;
  /** Under which it is prepared. */
  readonly name?: string;
}

export type TransactionOutcome = "committed" | "rolled_back" | "conflict";

/** The connections of one kind, as they are now. */
export interface PoolState {
  readonly name: string;
  readonly max: number;
  readonly inUse: number;
  readonly idle: number;
  /** For one to come free. */
  readonly waiting: number;
}

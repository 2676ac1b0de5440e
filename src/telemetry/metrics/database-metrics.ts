import { counter, gauge, histogram } from "./metric-definition.js";

const scheduler = { roles: ["scheduler"] } as const;
const pool = "write, read, live (subscriptions), status (these metrics), or a replica's host";
const replica = "host and port";

const STATEMENTS_S = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];
const TRANSACTIONS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** This process's way to PostgreSQL, and PostgreSQL itself. */
export const DATABASE_METRICS = {
  poolConnections: gauge({
    name: "tracker_database_pool_connections",
    help: "Connections of this process that are open",
    labels: { pool, state: ["in_use", "idle"] },
  }),
  poolMax: gauge({
    name: "tracker_database_pool_connections_max",
    help: "Connections of this process that may be open",
    labels: { pool },
  }),
  poolWaiting: gauge({
    name: "tracker_database_pool_waiting",
    help: "Who waits for a connection of this process to come free",
    labels: { pool },
  }),
  statementDuration: histogram({
    name: "tracker_database_statement_duration_seconds",
    help: "From sending a statement to having its answer, by what it does to which tables; with FOR UPDATE the wait for a row's lock is in it",
    labels: { pool, statement: "such as SELECT commit; 200 at most, others are `other`" },
    buckets: STATEMENTS_S,
  }),
  statementFailures: counter({
    name: "tracker_database_statements_failed_total",
    help: "Statements that failed, by SQLSTATE (55P03: waited too long for a lock, 40P01: deadlock, 57014: took too long) or the connection's error",
    labels: { pool, code: "SQLSTATE, or a connection's error" },
  }),
  transactionDuration: histogram({
    name: "tracker_database_transaction_duration_seconds",
    help: "Transactions from asking for a connection to their end; conflict: ended by a deadlock, to be run again",
    labels: { outcome: ["committed", "rolled_back", "conflict"] },
    buckets: TRANSACTIONS_S,
  }),
  reads: counter({
    name: "tracker_database_reads_total",
    help: "Statements of queries by the server they were sent to; only where there are replicas",
    labels: { server: "primary, or a replica's host" },
    roles: ["api"],
  }),
  replicaUsed: gauge({
    name: "tracker_replica_used",
    help: "1 for a replica that queries are sent to, 0 for one that is left out",
    labels: { replica },
  }),
  replicaLag: gauge({
    name: "tracker_replica_lag_seconds",
    help: "How long a replica has been without something that the primary has; NaN when it does not answer",
    labels: { replica },
  }),
  lockWaiters: gauge({
    ...scheduler,
    name: "tracker_database_lock_waiters",
    help: "Connections of this database that wait for a lock that another holds",
  }),
  longestTransaction: gauge({
    ...scheduler,
    name: "tracker_database_longest_transaction_seconds",
    help: "Age of this database's oldest open transaction",
  }),
  databaseSize: gauge({
    ...scheduler,
    name: "tracker_database_size_bytes",
    help: "What the database takes on its server's disk",
  }),
  feedSequence: gauge({
    ...scheduler,
    name: "tracker_feed_sequence",
    help: "Of the newest event on the feed",
  }),
  projectionLag: gauge({
    ...scheduler,
    name: "tracker_projection_behind_events",
    help: "Events on the feed that a projection does not hold yet",
    labels: { projection: "name of a projection" },
  }),
};

import type { DashboardSpec } from "./dashboard.js";

export const DATABASE: DashboardSpec = {
  name: "database",
  title: "Database",
  description: "PostgreSQL as the tracker sees it",
  panels: [
    {
      title: "Connections in use",
      description: "Of each pool, all processes together",
      unit: "short",
      queries: { "{{pool}}": 'sum by (pool) (tracker_database_pool_connections{state="in_use"})' },
    },
    {
      title: "Pools' fullness",
      description: "In use of what may be open, the fullest process",
      unit: "percentunit",
      queries: {
        "{{pool}}":
          'max by (pool) (tracker_database_pool_connections{state="in_use"} / ignoring (state) tracker_database_pool_connections_max)',
      },
    },
    {
      title: "Waiting for a connection",
      description: "Above 0 for long: the pool is too small or statements are slow",
      unit: "short",
      queries: { "{{pool}}": "sum by (pool) (tracker_database_pool_waiting)" },
    },
    {
      title: "Statements",
      description: "How many, of the ten most frequent",
      unit: "ops",
      queries: {
        "{{statement}}":
          "topk(10, sum by (statement) (rate(tracker_database_statement_duration_seconds_count[$__rate_interval])))",
      },
    },
    {
      title: "Slowest statements",
      description: "95 of 100 took no longer, the ten slowest",
      unit: "s",
      queries: {
        "{{statement}}":
          "topk(10, histogram_quantile(0.95, sum by (le, statement) (rate(tracker_database_statement_duration_seconds_bucket[$__rate_interval]))))",
      },
    },
    {
      title: "Slow statements",
      description: "Share of those over half a second",
      unit: "percentunit",
      queries: { slow: "tracker:database_statements_slow:ratio_rate5m" },
    },
    {
      title: "Failed statements",
      description: "By SQLSTATE or the connection's error",
      unit: "ops",
      queries: {
        "{{code}}":
          "sum by (code) (rate(tracker_database_statements_failed_total[$__rate_interval]))",
      },
    },
    {
      title: "Transactions",
      description: "By outcome",
      unit: "ops",
      queries: {
        "{{outcome}}":
          "sum by (outcome) (rate(tracker_database_transaction_duration_seconds_count[$__rate_interval]))",
      },
    },
    {
      title: "Time of a transaction",
      description: "95 of 100 took no longer, the wait for a connection included",
      unit: "s",
      queries: {
        "{{outcome}}":
          "histogram_quantile(0.95, sum by (le, outcome) (rate(tracker_database_transaction_duration_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Lock waits",
      description: "Connections that wait for a lock",
      unit: "short",
      queries: { waiting: "max(tracker_database_lock_waiters)" },
    },
    {
      title: "Oldest transaction",
      description: "Above ten minutes: runbook, TrackerTransactionOld",
      unit: "s",
      queries: { oldest: "max(tracker_database_longest_transaction_seconds)" },
    },
    {
      title: "Size",
      description: "On the server's disk",
      unit: "bytes",
      queries: { database: "max(tracker_database_size_bytes)" },
    },
    {
      title: "Replicas used",
      description: "1 where every process sends queries to it",
      unit: "short",
      queries: { "{{replica}}": "min by (replica) (tracker_replica_used)" },
    },
    {
      title: "Replica lag",
      description: "How far it is behind the primary",
      unit: "s",
      queries: { "{{replica}}": "max by (replica) (tracker_replica_lag_seconds)" },
    },
    {
      title: "Reads by server",
      description: "Where queries are answered",
      unit: "ops",
      queries: {
        "{{server}}": "sum by (server) (rate(tracker_database_reads_total[$__rate_interval]))",
      },
    },
    {
      title: "Behind the feed",
      description: "Events that words and statistics do not hold yet",
      unit: "short",
      queries: { "{{projection}}": "max by (projection) (tracker_projection_behind_events)" },
    },
  ],
};

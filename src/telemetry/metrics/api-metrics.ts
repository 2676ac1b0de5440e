import { counter, gauge, histogram } from "./metric-definition.js";

const api = { roles: ["api"] } as const;
const TYPES = ["query", "mutation", "subscription"] as const;

const OPERATIONS_S = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const FEED_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What an operation or a client can have too much of (README, "Limits"). */
export const API_LIMITS = [
  ...["depth", "aliases", "directives", "fields", "objects", "lists", "counts"],
  ...[
    "document",
    "variables",
    "operations",
    "keys",
    "connections",
    "streams",
    "waiting",
    "counting",
  ],
] as const;
export type ApiLimit = (typeof API_LIMITS)[number];
/** Told of each refusal. */
export type OnLimit = (limit: ApiLimit) => void;

/** Operations, and those who follow the feed. */
export const API_METRICS = {
  operations: counter({
    ...api,
    name: "tracker_graphql_operations_total",
    help: "GraphQL operations by type and outcome (ok, or an error code); unknown: it could not be read",
    labels: { type: "query, mutation, subscription or unknown", outcome: "ok or an error code" },
  }),
  operationDuration: histogram({
    ...api,
    name: "tracker_graphql_operation_duration_seconds",
    help: "GraphQL operations over HTTP, from their arrival to their answer; event streams excluded",
    labels: { type: "query, mutation or unknown" },
    buckets: OPERATIONS_S,
  }),
  operationsInFlight: gauge({
    isFromZero: true,
    ...api,
    name: "tracker_graphql_operations_in_flight",
    help: "GraphQL operations being carried out; of subscriptions, those being opened or told an event",
    labels: { type: TYPES },
  }),
  limitsHit: counter({
    ...api,
    name: "tracker_graphql_limits_hit_total",
    help: "Operations and connections refused because they were too much, by what of",
    labels: { limit: API_LIMITS },
  }),
  connections: gauge({
    ...api,
    name: "tracker_live_connections",
    help: "WebSocket connections and event streams open now",
    labels: { protocol: ["websocket", "event_stream"] },
  }),
  subscribers: gauge({
    isFromZero: true,
    ...api,
    name: "tracker_feed_subscribers",
    help: "Subscriptions to the feed open now",
  }),
  feedDeliveries: counter({
    ...api,
    name: "tracker_feed_deliveries_total",
    help: "Events pushed to subscribers as they happened; replayed ones not counted",
  }),
  unread: gauge({
    ...api,
    name: "tracker_unread_bytes",
    help: "What is held for clients that have not taken it, answers and events",
  }),
  slowSubscribers: counter({
    ...api,
    name: "tracker_feed_subscribers_too_slow_total",
    help: "Connections closed because their client did not take what it was sent",
  }),
  feedLag: histogram({
    ...api,
    name: "tracker_feed_lag_seconds",
    help: "From an event's being written to this process's having read it, and to its having been written to its followers' sockets; by two machines' clocks",
    labels: { until: ["process", "socket"] },
    buckets: FEED_S,
  }),
  feedPosition: gauge({
    ...api,
    name: "tracker_feed_position",
    help: "Sequence of the last event that this process has read",
  }),
};

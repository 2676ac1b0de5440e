import type { DashboardSpec } from "./dashboard.js";

export const FEED: DashboardSpec = {
  name: "feed",
  title: "Feed and API",
  description: "What users ask, and what subscribers are told",
  panels: [
    {
      title: "Operations by outcome",
      description: "ok, or the code of the first error",
      unit: "ops",
      queries: {
        "{{type}} {{outcome}}":
          "sum by (type, outcome) (rate(tracker_graphql_operations_total[$__rate_interval]))",
      },
    },
    {
      title: "Time of an operation",
      description: "Half of them, and 99 of 100, over HTTP",
      unit: "s",
      queries: {
        "{{type}} 50 %":
          "histogram_quantile(0.5, sum by (le, type) (rate(tracker_graphql_operation_duration_seconds_bucket[$__rate_interval])))",
        "{{type}} 99 %":
          "histogram_quantile(0.99, sum by (le, type) (rate(tracker_graphql_operation_duration_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "In flight",
      description: "Operations being carried out",
      unit: "short",
      queries: { "{{type}}": "sum by (type) (tracker_graphql_operations_in_flight)" },
    },
    {
      title: "Limits hit",
      description: "Refused because they were too much",
      unit: "ops",
      queries: {
        "{{limit}}": "sum by (limit) (rate(tracker_graphql_limits_hit_total[$__rate_interval]))",
      },
    },
    {
      title: "Live connections",
      description: "Open now",
      unit: "short",
      queries: { "{{protocol}}": "sum by (protocol) (tracker_live_connections)" },
    },
    {
      title: "Subscriptions to the feed",
      description: "Open now",
      unit: "short",
      queries: { feed: "sum(tracker_feed_subscribers)" },
    },
    {
      title: "Feed lag",
      description: "From an event's being written to its being read and sent, 99 of 100",
      unit: "s",
      queries: {
        "{{until}}":
          "histogram_quantile(0.99, sum by (le, until) (rate(tracker_feed_lag_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Events not read yet",
      description: "By the process that is farthest behind",
      unit: "short",
      queries: { behind: "tracker:feed_behind_events:max" },
    },
    {
      title: "Events on the feed",
      description: "New ones",
      unit: "ops",
      queries: { events: "rate(tracker_feed_sequence[$__rate_interval])" },
    },
    {
      title: "Deliveries",
      description: "Events pushed to subscribers as they happened",
      unit: "ops",
      queries: { deliveries: "sum(rate(tracker_feed_deliveries_total[$__rate_interval]))" },
    },
    {
      title: "Held for clients",
      description: "What they have not taken",
      unit: "bytes",
      queries: { "{{instance}}": "sum by (instance) (tracker_unread_bytes)" },
    },
    {
      title: "Closed as too slow",
      description: "Connections whose client took nothing",
      unit: "ops",
      queries: { closed: "sum(rate(tracker_feed_subscribers_too_slow_total[$__rate_interval]))" },
    },
  ],
};

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export type Metrics = ReturnType<typeof createMetrics>;

/** Every metric of the system, on a registry of this process's own. Labels have few values each. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    tasks: new Counter({
      name: "tracker_tasks_total",
      help: "Tasks settled: done, dropped (comes due again) or returned to the queue",
      labelNames: ["kind", "outcome"],
      registers,
    }),
    taskDuration: new Histogram({
      name: "tracker_task_duration_seconds",
      help: "From taking a task to settling it",
      labelNames: ["kind"],
      buckets: SECONDS,
      registers,
    }),
    gitHubRequests: new Counter({
      name: "tracker_github_requests_total",
      help: "Requests to GitHub by operation and outcome (ok, or an error code)",
      labelNames: ["operation", "outcome"],
      registers,
    }),
    gitHubDuration: new Histogram({
      name: "tracker_github_request_duration_seconds",
      help: "GitHub's answers",
      labelNames: ["operation"],
      buckets: SECONDS,
      registers,
    }),
    gitHubPoints: new Counter({
      name: "tracker_github_points_total",
      help: "Points of GitHub's budget spent",
      labelNames: ["purpose"],
      registers,
    }),
    gitHubRemaining: new Gauge({
      name: "tracker_github_points_remaining",
      help: "Points left in GitHub's budget, as its last answer said",
      registers,
    }),
    commitsStored: new Counter({
      name: "tracker_commits_stored_total",
      help: "Commits stored",
      labelNames: ["kind"],
      registers,
    }),
    claims: new Counter({
      name: "tracker_repositories_claimed_total",
      help: "Due repositories handed to checks",
      registers,
    }),
    subscribers: new Gauge({
      name: "tracker_feed_subscribers",
      help: "Subscriptions to the feed open now",
      registers,
    }),
    operations: new Counter({
      name: "tracker_graphql_operations_total",
      help: "GraphQL operations by type and outcome (ok, or an error code)",
      labelNames: ["type", "outcome"],
      registers,
    }),
    operationDuration: new Histogram({
      name: "tracker_graphql_operation_duration_seconds",
      help: "GraphQL operations, subscriptions excluded",
      labelNames: ["type"],
      buckets: SECONDS,
      registers,
    }),
  };
}

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What waits, and what was given up. */
export interface Backlog {
  readonly queues: readonly {
    readonly kind: string;
    readonly ready: number;
    readonly dead: number;
  }[];
  readonly parked: number;
}

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
      help: "Tasks settled: done, old (another has it in hand, or nothing is due), dropped (comes due again) or returned to the queue",
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
      help: "Points a GitHub user has left in this hour, by what this process last heard",
      labelNames: ["user"],
      registers,
    }),
    gitHubTokens: new Gauge({
      name: "tracker_github_tokens",
      help: "Tokens of this process by state: accepted by GitHub, or set_aside after a refusal, to be tried again",
      labelNames: ["state"],
      registers,
    }),
    gitHubPausedUntil: new Gauge({
      name: "tracker_github_paused_until_seconds",
      help: "When GitHub lets a user ask again, in seconds since 1970; 0 when it never said to wait",
      labelNames: ["user"],
      registers,
    }),
    gitTransfers: new Counter({
      name: "tracker_git_transfers_total",
      help: "Histories asked for by git: done, people (GitHub did not tell whose its e-mails are), or why git failed",
      labelNames: ["outcome"],
      registers,
    }),
    commitsStored: new Counter({
      name: "tracker_commits_stored_total",
      help: "Commits stored",
      labelNames: ["kind"],
      registers,
    }),
    commitDelay: new Histogram({
      name: "tracker_commit_delay_seconds",
      help: "From a commit's committer date to its being stored; live ones of the last day",
      buckets: [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_800, 3_600, 10_800],
      registers,
    }),
    checkDelay: new Histogram({
      name: "tracker_check_delay_seconds",
      help: "From when a repository was due to GitHub's answer about it; asked for checks excluded",
      buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
      registers,
    }),
    claimDelay: new Histogram({
      name: "tracker_claim_delay_seconds",
      help: "From when work was due to when its task was published",
      labelNames: ["kind"],
      buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
      registers,
    }),
    failures: new Counter({
      name: "tracker_attempts_failed_total",
      help: "Failed attempts at a repository, by task and error code; each is tried again later",
      labelNames: ["task", "code"],
      registers,
    }),
    /** Read when the metrics are; what cannot be read is left out. */
    backlog(read: () => Promise<Backlog>) {
      const tasks: Gauge = new Gauge({
        name: "tracker_queue_tasks",
        help: "Tasks in each queue, ready to be taken or dead",
        labelNames: ["kind", "state"],
        registers,
        async collect() {
          const backlog = await read().catch(() => null);
          tasks.reset();
          for (const { kind, ready, dead } of backlog?.queues ?? []) {
            tasks.set({ kind, state: "ready" }, ready);
            tasks.set({ kind, state: "dead" }, dead);
          }
          parked.reset();
          if (backlog !== null) parked.set(backlog.parked);
        },
      });
      const parked: Gauge = new Gauge({
        name: "tracker_repositories_parked",
        help: "Repositories given up for now after many failures; see failedTasks",
        registers,
      });
    },
    /** Sizes are read when the metrics are. */
    batchSizes(read: () => Readonly<Record<string, number>>) {
      const gauge: Gauge = new Gauge({
        name: "tracker_github_batch_size",
        help: "How much is asked of GitHub at once, by what is asked for",
        labelNames: ["of"],
        registers,
        collect() {
          for (const [of, size] of Object.entries(read())) gauge.set({ of }, size);
        },
      });
    },
    reads: new Counter({
      name: "tracker_reads_total",
      help: "Statements of the read path by the server they were sent to; only where there are replicas",
      labelNames: ["server"],
      registers,
    }),
    replicaUsed: new Gauge({
      name: "tracker_replica_used",
      help: "1 for a replica that queries are sent to, 0 for one that is left out",
      labelNames: ["replica"],
      registers,
    }),
    replicaLag: new Gauge({
      name: "tracker_replica_lag_seconds",
      help: "How long a replica has been without something that the primary has; NaN when it does not answer",
      labelNames: ["replica"],
      registers,
    }),
    claims: new Counter({
      name: "tracker_work_claimed_total",
      help: "Due work handed to workers: repositories to check, to pull, to backfill or to verify, owners to list",
      labelNames: ["kind"],
      registers,
    }),
    subscribers: new Gauge({
      name: "tracker_feed_subscribers",
      help: "Subscriptions to the feed open now",
      registers,
    }),
    feedDeliveries: new Counter({
      name: "tracker_feed_deliveries_total",
      help: "Events pushed to subscribers over WebSocket as they happened; replayed ones not counted",
      registers,
    }),
    slowSubscribers: new Counter({
      name: "tracker_feed_subscribers_too_slow_total",
      help: "Connections closed because their client did not take what it was sent",
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

/** What is scraped, minute by minute as promtool reads it; well at first, so that the alert is silent, then not. */
export interface AlertCase {
  readonly alert: string;
  readonly series: Readonly<Record<string, string>>;
  readonly silentAt: string;
  readonly firesAt: string;
  /** Beside its severity. */
  readonly labels?: Readonly<Record<string, string>>;
}

const WELL = { silentAt: "20m", firesAt: "58m" } as const;
/** Half an hour of the one, half an hour of the other. */
const values = (well: number, ill: number) => `${well}x29 ${ill}x40`;
const counts = (well: number, ill: number) => `0+${well}x29 ${well * 30}+${ill}x40`;
const role = (name: string) => ({ [`tracker_process_role{role="${name}"}`]: "1x29 _x40" });
const buckets = (name: string, bound: string, labels: string, quick: number) => ({
  [`${name}_bucket{${labels}le="${bound}"}`]: counts(100, quick),
  [`${name}_bucket{${labels}le="+Inf"}`]: counts(100, 100),
  [`${name}_count{${labels.slice(0, -1)}}`]: counts(100, 100),
});

export const ALERT_CASES: readonly AlertCase[] = [
  { alert: "TrackerNoScheduler", ...WELL, series: role("scheduler") },
  {
    alert: "TrackerNoScheduler", // there, and at a standstill
    ...WELL,
    series: {
      'tracker_process_role{role="scheduler"}': "1x70",
      'tracker_scheduler_ticks_total{kind="check",outcome="done"}': counts(30, 0),
      'tracker_scheduler_ticks_total{kind="check",outcome="failed"}': counts(0, 30),
    },
  },
  { alert: "TrackerNoWorker", ...WELL, series: role("worker") },
  { alert: "TrackerNoApi", ...WELL, series: role("api") },
  {
    alert: "TrackerProcessDown",
    ...WELL,
    series: {
      'up{job="tracker",instance="a"}': "1x70",
      'up{job="tracker",instance="b"}': values(1, 0),
    },
    labels: { job: "tracker", instance: "b" },
  },
  {
    alert: "TrackerDatabaseAway",
    ...WELL,
    series: {
      'tracker_dependency_up{dependency="database",instance="a"}': values(1, 0),
      'tracker_dependency_up{dependency="queue",instance="a"}': values(0, 1),
    },
  },
  {
    alert: "TrackerBrokerAway",
    ...WELL,
    series: {
      'tracker_dependency_up{dependency="fanout"}': values(1, 0),
      'tracker_dependency_up{dependency="database"}': values(0, 1),
    },
  },
  {
    alert: "TrackerMetricsMissing",
    ...WELL,
    series: { 'tracker_metrics_source_up{source="tables"}': values(1, 0) },
    labels: { source: "tables" },
  },
  {
    alert: "TrackerChecksLate", // by the max of what two schedulers tell, of what is checked at all
    ...WELL,
    series: {
      'tracker_checks_late{instance="a"}': values(9, 11),
      'tracker_checks_late{instance="b"}': values(9, 11),
      'tracker_repositories{instance="a",state="ACTIVE"}': "100x70",
      'tracker_repositories{instance="b",state="ACTIVE"}': "100x70",
      'tracker_repositories{instance="a",state="PAUSED"}': "1000x70",
    },
  },
  {
    alert: "TrackerFeedLag",
    ...WELL,
    series: {
      ...buckets("tracker_feed_lag_seconds", "5", 'until="socket",', 90),
      'tracker_feed_lag_seconds_bucket{until="socket",le="10"}': counts(100, 100),
    },
  },
  {
    alert: "TrackerFeedStands",
    ...WELL,
    series: {
      tracker_feed_sequence: "10+10x70",
      'tracker_feed_position{instance="a"}': "0+10x70",
      'tracker_feed_position{instance="b"}': "0+10x29 300x40",
    },
    labels: { instance: "b" },
  },
  {
    alert: "TrackerFeedStands", // where nothing comes nothing is behind; one event that is not read is
    silentAt: "28m",
    firesAt: "58m",
    series: { tracker_feed_sequence: values(10, 11), tracker_feed_position: "10x70" },
  },
  {
    alert: "TrackerHistoriesStand",
    silentAt: "25m",
    firesAt: "75m",
    series: {
      'tracker_work_due{kind="backfill"}': "5x80",
      'tracker_work_due{kind="check"}': "5x80",
      'tracker_pages_stored_total{kind="BACKFILL"}': "0+3x29 90x60",
      'tracker_pages_stored_total{kind="LIVE"}': "0+3x80",
    },
    labels: { kind: "backfill" },
  },
  {
    alert: "TrackerAttemptsFail",
    ...WELL,
    series: {
      'tracker_attempts_failed_total{task="pull",code="GITHUB_TIMEOUT"}': counts(5, 20),
      'tracker_checks_total{stage="glance",outcome="unchanged"}': counts(90, 90),
      'tracker_checks_total{stage="glance",outcome="failed"}': counts(5, 20),
      'tracker_pages_stored_total{kind="LIVE"}': counts(10, 10),
    },
  },
  {
    alert: "TrackerTasksDead",
    ...WELL,
    series: {
      'tracker_queue_tasks{kind="pull",state="dead"}': values(0, 1),
      'tracker_queue_tasks{kind="pull",state="ready"}': values(50, 50),
    },
    labels: { kind: "pull", state: "dead" },
  },
  {
    alert: "TrackerRepositoriesParked",
    ...WELL,
    series: {
      'tracker_repositories{state="FAILED"}': values(0, 1),
      'tracker_repositories{state="UNAVAILABLE"}': "1x70",
    },
    labels: { state: "FAILED" },
  },
  {
    alert: "TrackerQueueGrows",
    ...WELL,
    series: {
      'tracker_work_due{kind="check"}': "200-1x29 171+10x40",
      'tracker_work_due{kind="pull"}': "0+1x70", // grows, and is little
    },
    labels: { kind: "check" },
  },
  {
    alert: "TrackerGitHubPointsRunOut", // the hour ends at 3,600 s; 50 a minute is not too much, 170 is
    silentAt: "20m",
    firesAt: "50m",
    series: {
      'tracker_github_points_remaining{user="octo"}': "5000-50x29 3550-170x20",
      'tracker_github_points_reset_timestamp_seconds{user="octo"}': "3600x70",
    },
    labels: { user: "octo" },
  },
  {
    alert: "TrackerGitHubPointsGone",
    ...WELL,
    series: {
      'tracker_github_waits_total{purpose="live",reason="points"}': counts(0, 5),
      'tracker_github_waits_total{purpose="live",reason="time"}': counts(5, 5),
      'tracker_github_waits_total{purpose="backfill",reason="points"}': counts(5, 5),
    },
  },
  {
    alert: "TrackerGitHubTokenRefused",
    ...WELL,
    series: {
      'tracker_github_tokens{state="set_aside"}': values(0, 1),
      'tracker_github_tokens{state="accepted"}': "1x70",
    },
  },
  {
    alert: "TrackerGitHubFails",
    ...WELL,
    series: {
      'tracker_github_requests_total{operation="Glance",outcome="ok"}': counts(100, 60),
      'tracker_github_requests_total{operation="Glance",outcome="aborted"}': counts(50, 0),
      'tracker_github_requests_total{operation="Glance",outcome="GITHUB_TIMEOUT"}': counts(20, 40),
    },
  },
  {
    alert: "TrackerPoolExhausted",
    ...WELL,
    series: { 'tracker_database_pool_waiting{instance="a",pool="read"}': values(1, 4) },
    labels: { instance: "a", pool: "read" },
  },
  {
    alert: "TrackerDatabaseSlow",
    ...WELL,
    series: buckets("tracker_database_statement_duration_seconds", "0.5", 'pool="read",', 90),
  },
  {
    alert: "TrackerTransactionOld",
    ...WELL,
    series: { tracker_database_longest_transaction_seconds: "500x29 600+60x40" },
  },
  {
    alert: "TrackerReplicaLeftOut", // one process that leaves it out is enough
    ...WELL,
    series: {
      'tracker_replica_used{instance="a",replica="r:5432"}': values(1, 0),
      'tracker_replica_used{instance="b",replica="r:5432"}': "1x70",
    },
    labels: { replica: "r:5432" },
  },
  {
    alert: "TrackerProjectionBehind",
    ...WELL,
    series: {
      'tracker_projection_behind_events{projection="words"}': values(9_000, 11_000),
    },
    labels: { projection: "words" },
  },
  {
    alert: "TrackerDiskFull",
    ...WELL,
    series: {
      tracker_data_folder_free_bytes: values(11, 9),
      tracker_data_folder_disk_bytes: "100x70",
    },
  },
  {
    alert: "TrackerEventLoopBlocked",
    ...WELL,
    series: { 'nodejs_eventloop_lag_p99_seconds{job="tracker",instance="a"}': "0.4x29 0.6x40" },
    labels: { job: "tracker", instance: "a" },
  },
  {
    alert: "TrackerFreshnessBurnsFast",
    silentAt: "29m",
    firesAt: "58m",
    series: buckets("tracker_push_delay_seconds", "60", 'job="tracker",', 50),
  },
  {
    alert: "TrackerFreshnessBurnsSlowly",
    silentAt: "58m",
    firesAt: "300m",
    series: {
      'tracker_push_delay_seconds_bucket{le="60"}': "0+995x60 59700+960x300",
      tracker_push_delay_seconds_count: "0+1000x360",
    },
  },
  {
    alert: "TrackerApiBurnsFast",
    ...WELL,
    series: {
      'tracker_graphql_operations_total{type="query",outcome="ok"}': counts(1_000, 1_000),
      'tracker_graphql_operations_total{type="query",outcome="BAD_USER_INPUT"}': counts(500, 500),
      'tracker_graphql_operations_total{type="query",outcome="INTERNAL_SERVER_ERROR"}': counts(
        0,
        100,
      ),
    },
  },
  {
    alert: "TrackerApiBurnsSlowly",
    silentAt: "58m",
    firesAt: "300m",
    series: {
      'tracker_graphql_operations_total{type="query",outcome="ok"}': "0+10000x360",
      'tracker_graphql_operations_total{type="query",outcome="NOT_FOUND"}': "0+100x360",
      'tracker_graphql_operations_total{type="query",outcome="DATABASE_UNAVAILABLE"}':
        "0+5x60 300+45x300",
    },
  },
];

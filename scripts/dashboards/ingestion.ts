import type { DashboardSpec } from "./dashboard.js";

export const INGESTION: DashboardSpec = {
  name: "ingestion",
  title: "Ingestion and queues",
  description: "From what is due to what is stored",
  panels: [
    {
      title: "Work due",
      description: "Not done, in its queue or not",
      unit: "short",
      queries: { "{{kind}}": "tracker:work_due:max" },
    },
    {
      title: "Oldest work due",
      description: "For how long it has been",
      unit: "s",
      queries: { "{{kind}}": "tracker:work_overdue_seconds:max" },
    },
    {
      title: "Tasks in queues",
      description: "Ready to be taken, or dead",
      unit: "short",
      queries: { "{{kind}} {{state}}": "tracker:queue_tasks:max" },
    },
    {
      title: "Tasks in hand",
      description: "Taken by workers and not settled",
      unit: "short",
      queries: { "{{kind}}": "sum by (kind) (tracker_tasks_in_hand)" },
    },
    {
      title: "Time in a queue",
      description: "95 of 100 tasks were taken within it",
      unit: "s",
      queries: {
        "{{kind}}":
          "histogram_quantile(0.95, sum by (le, kind) (rate(tracker_task_wait_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Time of a task",
      description: "95 of 100 were settled within it",
      unit: "s",
      queries: {
        "{{kind}}":
          "histogram_quantile(0.95, sum by (le, kind) (rate(tracker_task_duration_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Tasks settled",
      description: "By what became of them",
      unit: "ops",
      queries: {
        "{{kind}} {{outcome}}":
          "sum by (kind, outcome) (rate(tracker_tasks_total[$__rate_interval]))",
      },
    },
    {
      title: "Work claimed",
      description: "Handed to workers by the scheduler",
      unit: "ops",
      queries: { "{{kind}}": "sum by (kind) (rate(tracker_work_claimed_total[$__rate_interval]))" },
    },
    {
      title: "Looks for due work",
      description: "Of the scheduler; failed ones find a database or a broker that is away",
      unit: "ops",
      queries: {
        "{{outcome}}": "sum by (outcome) (rate(tracker_scheduler_ticks_total[$__rate_interval]))",
      },
    },
    {
      title: "Due to published",
      description: "95 of 100 were handed out within it",
      unit: "s",
      queries: {
        "{{kind}}":
          "histogram_quantile(0.95, sum by (le, kind) (rate(tracker_claim_delay_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Checks",
      description: "Repositories that GitHub told of",
      unit: "ops",
      queries: {
        "{{stage}} {{outcome}}":
          "sum by (stage, outcome) (rate(tracker_checks_total[$__rate_interval]))",
      },
    },
    {
      title: "Due to GitHub's answer",
      description: "95 of 100 checks were answered within it",
      unit: "s",
      queries: {
        checks:
          "histogram_quantile(0.95, sum by (le) (rate(tracker_check_delay_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Failed attempts",
      description: "By task and error code; each is tried again",
      unit: "ops",
      queries: {
        "{{task}} {{code}}":
          "sum by (task, code) (rate(tracker_attempts_failed_total[$__rate_interval]))",
      },
    },
    {
      title: "Pages written",
      description: "A transaction each",
      unit: "ops",
      queries: { "{{kind}}": "sum by (kind) (rate(tracker_pages_stored_total[$__rate_interval]))" },
    },
    {
      title: "Push to stored",
      description: "Half of the commits, and 99 of 100",
      unit: "s",
      queries: {
        "50 %":
          "histogram_quantile(0.5, sum by (le) (rate(tracker_push_delay_seconds_bucket[$__rate_interval])))",
        "99 %":
          "histogram_quantile(0.99, sum by (le) (rate(tracker_push_delay_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Commit to stored",
      description: "From the committer's date; those who push late make it long",
      unit: "s",
      queries: {
        "50 %":
          "histogram_quantile(0.5, sum by (le) (rate(tracker_commit_delay_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Transfers by git",
      description: "By what became of them",
      unit: "ops",
      queries: {
        "{{outcome}}": "sum by (outcome) (rate(tracker_git_transfers_total[$__rate_interval]))",
      },
    },
    {
      title: "Time of a transfer",
      description: "95 of 100 histories were stored within it",
      unit: "s",
      queries: {
        git: "histogram_quantile(0.95, sum by (le) (rate(tracker_git_transfer_duration_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Received by git",
      description: "By all workers together",
      unit: "Bps",
      queries: { git: "sum(rate(tracker_git_received_bytes_total[$__rate_interval]))" },
    },
    {
      title: "Transfers in hand",
      description: "Histories being fetched or stored",
      unit: "short",
      queries: { git: "sum(tracker_git_transfers_in_hand)" },
    },
  ],
};

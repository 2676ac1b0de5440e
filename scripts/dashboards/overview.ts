import type { DashboardSpec } from "./dashboard.js";

export const OVERVIEW: DashboardSpec = {
  name: "overview",
  title: "Overview",
  description: "For whoever was just woken: is it fresh, is it complete, what is stuck?",
  panels: [
    {
      title: "Fresh: checks that are late",
      description:
        "Share of the repositories whose check has been due for over a minute. From a tenth on new commits appear late: runbook, TrackerChecksLate",
      unit: "percentunit",
      queries: { late: "tracker:checks_late:ratio" },
      redFrom: 0.1,
    },
    {
      title: "Fresh: push to stored",
      description:
        "99 of 100 commits are stored within this time of their push; promised is a minute",
      unit: "s",
      queries: { "99 %": "tracker:push_delay_seconds:p99_5m" },
      redFrom: 60,
    },
    {
      title: "Fresh: stored to subscribers",
      description: "99 of 100 events are at their subscribers within this time",
      unit: "s",
      queries: { "99 %": "tracker:feed_lag_seconds:p99_5m" },
      redFrom: 5,
    },
    {
      title: "Complete: repositories given up",
      description: "Repositories that failed eight times in a row; `tracker failed` lists them",
      unit: "short",
      queries: { failed: 'tracker:repositories:max{state="FAILED"}' },
      redFrom: 1,
    },
    {
      title: "Complete: first histories due",
      description: "Repositories whose history has not all come in",
      unit: "short",
      queries: { due: 'tracker:work_due:max{kind="backfill"}' },
      isNumber: true,
    },
    {
      title: "Stuck: oldest due work",
      description:
        "For how long the oldest work has been due, of all kinds but first histories, which wait for points",
      unit: "s",
      queries: { oldest: 'max(tracker:work_overdue_seconds:max{kind!="backfill"})' },
      redFrom: 300,
    },
    {
      title: "Stuck: dead tasks",
      description: "Tasks that were given up by the broker",
      unit: "short",
      queries: { dead: 'sum(tracker:queue_tasks:max{state="dead"})' },
      redFrom: 1,
    },
    {
      title: "GitHub: points left",
      description: "Of the user who has the fewest; new commits wait when there are none",
      unit: "short",
      queries: { fewest: "min(tracker:github_points_remaining:min)" },
      isNumber: true,
    },
    {
      title: "Processes by role",
      description: "How many there are of each role; with none of one its work stands",
      unit: "short",
      queries: { "{{role}}": "sum by (role) (tracker_process_role)" },
    },
    {
      title: "What they need",
      description: "1 while every process reaches it",
      unit: "short",
      queries: { "{{dependency}}": "min by (dependency) (tracker_dependency_up)" },
    },
    {
      title: "Commits stored",
      description: "New ones and those of histories",
      unit: "ops",
      queries: {
        "{{kind}}": "sum by (kind) (rate(tracker_commits_stored_total[$__rate_interval]))",
      },
    },
    {
      title: "Operations that fail by our fault",
      description: "Share of the API's operations; promised is less than one in a thousand",
      unit: "percentunit",
      queries: { failed: "tracker:slo_api_errors:ratio_rate5m" },
    },
    {
      title: "Alerts",
      description: "Alerts that fire or are about to",
      unit: "short",
      queries: { "{{alertname}} {{alertstate}}": "sum by (alertname, alertstate) (ALERTS)" },
    },
    {
      title: "Repositories by state",
      description: "How many are tracked, and how they stand",
      unit: "short",
      queries: { "{{state}}": "tracker:repositories:max" },
    },
  ],
};

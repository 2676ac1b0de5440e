import type { DashboardSpec } from "./dashboard.js";

export const GITHUB: DashboardSpec = {
  name: "github",
  title: "GitHub budgets",
  description: "What GitHub is asked, and what of its budgets is left",
  panels: [
    {
      title: "Points left",
      description: "Of each user in this hour",
      unit: "short",
      queries: { "{{user}}": "tracker:github_points_remaining:min" },
    },
    {
      title: "Points at the end of the hour",
      description: "What will be left at this rate; below 0 they end before it",
      unit: "short",
      queries: { "{{user}}": "tracker:github_points_at_reset:predicted" },
    },
    {
      title: "Points of an hour",
      description: "What GitHub gives each user",
      unit: "short",
      queries: { "{{user}}": "max by (user) (tracker_github_points_limit)" },
    },
    {
      title: "The hour ends in",
      description: "Until points are full again",
      unit: "s",
      queries: {
        "{{user}}":
          "clamp_min(max by (user) (tracker_github_points_reset_timestamp_seconds) - time(), 0)",
      },
    },
    {
      title: "Told to wait for",
      description: "How much longer GitHub lets a user ask nothing",
      unit: "s",
      queries: {
        "{{user}}":
          "clamp_min(max by (user) (tracker_github_paused_until_timestamp_seconds) - time(), 0)",
      },
    },
    {
      title: "GitHub's time used",
      description: "Of what this tracker takes in a minute at most; at 1 it paces itself",
      unit: "percentunit",
      queries: { "{{user}}": "max by (user) (tracker_github_time_used_ratio)" },
    },
    {
      title: "Points spent",
      description: "By what for",
      unit: "ops",
      queries: {
        "{{purpose}}": "sum by (purpose) (rate(tracker_github_points_total[$__rate_interval]))",
      },
    },
    {
      title: "Tokens",
      description: "Accepted by GitHub, or set aside after a refusal",
      unit: "short",
      queries: { "{{state}}": "max by (state) (tracker_github_tokens)" },
    },
    {
      title: "Requests by operation",
      description: "How often each question is asked",
      unit: "ops",
      queries: {
        "{{operation}}":
          "sum by (operation) (rate(tracker_github_requests_total[$__rate_interval]))",
      },
    },
    {
      title: "Requests by outcome",
      description: "Anything but ok and aborted is a failure",
      unit: "ops",
      queries: {
        "{{outcome}}": "sum by (outcome) (rate(tracker_github_requests_total[$__rate_interval]))",
      },
    },
    {
      title: "Time of an answer",
      description: "95 of 100 answers come within it, by question",
      unit: "s",
      queries: {
        "{{operation}}":
          "histogram_quantile(0.95, sum by (le, operation) (rate(tracker_github_request_duration_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Waits by reason",
      description: "Why requests are not sent at once",
      unit: "ops",
      queries: {
        "{{purpose}} {{reason}}":
          "sum by (purpose, reason) (rate(tracker_github_waits_total[$__rate_interval]))",
      },
    },
    {
      title: "Time waited for leave",
      description: "95 of 100 requests were sent within it",
      unit: "s",
      queries: {
        "{{purpose}}":
          "histogram_quantile(0.95, sum by (le, purpose) (rate(tracker_github_wait_seconds_bucket[$__rate_interval])))",
      },
    },
    {
      title: "Repositories in a request",
      description: "How many are asked about at once",
      unit: "short",
      queries: { "{{stage}}": "min by (stage) (tracker_github_batch_size)" },
    },
  ],
};

import { counter, gauge, histogram } from "./metric-definition.js";

const scheduler = { roles: ["scheduler"] } as const;
const worker = { roles: ["worker"] } as const;
const PURPOSES = ["live", "backfill"] as const;
const user = "login of a GitHub user whose tokens are used";

const ANSWERS_S = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
const WAITS_S = [0.01, 0.1, 0.5, 1, 5, 10, 30];
const TRANSFERS_S = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

/** What GitHub is asked, and what of its budgets is left. */
export const GITHUB_METRICS = {
  gitHubRequests: counter({
    ...worker,
    name: "tracker_github_requests_total",
    help: "Requests to GitHub by operation and outcome (ok, aborted, or an error code)",
    labels: { operation: "a question, such as Glance or History", outcome: "ok or an error code" },
  }),
  gitHubDuration: histogram({
    ...worker,
    name: "tracker_github_request_duration_seconds",
    help: "From sending a request to GitHub to having its answer",
    labels: { operation: "a question, such as Glance or History" },
    buckets: ANSWERS_S,
  }),
  gitHubPoints: counter({
    ...worker,
    name: "tracker_github_points_total",
    help: "Points of GitHub's budgets spent",
    labels: { purpose: PURPOSES },
  }),
  gitHubWaits: counter({
    ...worker,
    name: "tracker_github_waits_total",
    help: "Times that a request had to wait, or was put off: GitHub said so (paused), points are used up (points) or kept for live work (reserve), or it is paced (the others)",
    labels: {
      purpose: PURPOSES,
      reason: ["paused", "points", "reserve", "requests", "time", "in-flight", "live"],
    },
  }),
  gitHubWait: histogram({
    ...worker,
    name: "tracker_github_wait_seconds",
    help: "How long a request that was sent had waited for its turn and for leave to be sent",
    labels: { purpose: PURPOSES },
    buckets: WAITS_S,
  }),
  gitHubTokens: gauge({
    ...worker,
    name: "tracker_github_tokens",
    help: "Tokens of this process by state: accepted by GitHub, or set_aside after a refusal, to be tried again",
    labels: { state: ["accepted", "set_aside"] },
  }),
  gitHubBatchSize: gauge({
    ...worker,
    name: "tracker_github_batch_size",
    help: "Repositories asked about in one request, by how they are asked about",
    labels: { stage: ["glance", "look"] },
  }),
  gitHubLimit: gauge({
    ...scheduler,
    name: "tracker_github_points_limit",
    help: "Points that GitHub gives a user in an hour",
    labels: { user },
  }),
  gitHubRemaining: gauge({
    ...scheduler,
    name: "tracker_github_points_remaining",
    help: "Points that a user has left in this hour",
    labels: { user },
  }),
  gitHubReset: gauge({
    ...scheduler,
    name: "tracker_github_points_reset_timestamp_seconds",
    help: "When the user's hour ends; 0: none has begun",
    labels: { user },
  }),
  gitHubPausedUntil: gauge({
    ...scheduler,
    name: "tracker_github_paused_until_timestamp_seconds",
    help: "When GitHub lets a user ask again that it told to wait; 0: it may ask now",
    labels: { user },
  }),
  gitHubTimeUsed: gauge({
    ...scheduler,
    name: "tracker_github_time_used_ratio",
    help: "Of GitHub's time that this tracker takes in a minute at most, what a user's requests took in the last one",
    labels: { user },
  }),
  gitTransfers: counter({
    ...worker,
    name: "tracker_git_transfers_total",
    help: "Histories asked for by git: done, people (GitHub did not tell whose its e-mails are), or why git failed",
    labels: { outcome: "done, people, or a reason" },
  }),
  gitTransferDuration: histogram({
    ...worker,
    name: "tracker_git_transfer_duration_seconds",
    help: "From asking for a history by git to all of it being stored, or given up",
    buckets: TRANSFERS_S,
  }),
  gitReceived: counter({
    ...worker,
    name: "tracker_git_received_bytes_total",
    help: "Received of histories by git",
  }),
  gitTransfersInHand: gauge({
    isFromZero: true,
    ...worker,
    name: "tracker_git_transfers_in_hand",
    help: "Histories by git that this process is fetching or storing",
  }),
};

import type { GitHubObserver } from "../github/github-observer.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";
import { observe } from "../telemetry/metrics/observe.js";

/** Counts what GitHub is asked. */
export function observeGitHub(metrics: Metrics): GitHubObserver {
  return {
    request({ operation, purpose, outcome, durationMs, points }) {
      metrics.gitHubRequests.inc({ operation, outcome });
      observe(metrics.gitHubDuration, { operation }, durationMs / 1_000);
      metrics.gitHubPoints.inc({ purpose }, points);
    },
    wait: (purpose, reason) => metrics.gitHubWaits.inc({ purpose, reason }),
    turn: (purpose, waitedMs) => observe(metrics.gitHubWait, { purpose }, waitedMs / 1_000),
    tokens({ accepted, setAside }) {
      metrics.gitHubTokens.set({ state: "accepted" }, accepted);
      metrics.gitHubTokens.set({ state: "set_aside" }, setAside);
    },
  };
}

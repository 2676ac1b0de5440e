import { API_METRICS } from "./api-metrics.js";
import { DATABASE_METRICS } from "./database-metrics.js";
import { GITHUB_METRICS } from "./github-metrics.js";
import { PROCESS_METRICS } from "./process-metrics.js";
import { WORK_METRICS } from "./work-metrics.js";

/** Every metric of the system, by the name that the code calls it; `docs/metrics.md` is made from it. */
export const METRIC_TABLE = {
  ...WORK_METRICS,
  ...GITHUB_METRICS,
  ...DATABASE_METRICS,
  ...API_METRICS,
  ...PROCESS_METRICS,
};

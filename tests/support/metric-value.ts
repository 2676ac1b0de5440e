import type { Metrics } from "../../src/telemetry/metrics/metrics.js";

/** Of one series as a scraper sees it; 0 where there is none. `series` is its name with its labels in their order. */
export async function metricValue(metrics: Metrics, series: string): Promise<number> {
  const { text } = await metrics.expose();
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? 0);
}

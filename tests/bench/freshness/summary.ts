import type { Outcome } from "./simulate.js";
import { HOUR, MINUTE } from "./world.js";

/** One policy's figures; delays in seconds, of commits. */
export interface Summary {
  readonly policy: string;
  readonly isBudgeted: boolean;
  readonly mean: number;
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly checksPerHour: number;
  readonly requestsPerHour: number;
  readonly pointsPerHour: number;
  readonly gitHubSecondsPerMinute: number;
  readonly commits: number;
  /** Delay at each thousandth of the commits. */
  readonly quantiles: readonly number[];
}

export function summarise(
  policy: string,
  isBudgeted: boolean,
  outcome: Outcome,
  measuredMs: number,
): Summary {
  const { delays, commits, checks, requests, points, gitHubMs } = outcome;
  const order = delays.map((_, index) => index);
  order.sort((one, other) => (delays[one] ?? 0) - (delays[other] ?? 0));
  const total = commits.reduce((sum, count) => sum + count, 0);
  const quantiles: number[] = [];
  let seen = 0;
  let weighted = 0;
  for (const index of order) {
    const delay = (delays[index] ?? 0) / 1_000;
    weighted += delay * (commits[index] ?? 0);
    seen += commits[index] ?? 0;
    while (quantiles.length < 1_000 && seen >= (total * (quantiles.length + 1)) / 1_000) {
      quantiles.push(delay);
    }
  }
  const at = (share: number) => quantiles[Math.round(share * 1_000) - 1] ?? 0;
  return {
    policy,
    isBudgeted,
    mean: weighted / total,
    median: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    checksPerHour: (checks * HOUR) / measuredMs,
    requestsPerHour: (requests * HOUR) / measuredMs,
    pointsPerHour: (points * HOUR) / measuredMs,
    gitHubSecondsPerMinute: ((gitHubMs / 1_000) * MINUTE) / measuredMs,
    commits: total,
    quantiles,
  };
}

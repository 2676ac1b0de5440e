import type { GitHubStandInControl } from "../../../src/github-stand-in/control/control.js";
import type { UseReport } from "../../../src/github-stand-in/limits/use-record.js";
import type { LivePushes } from "./live-pushes.js";
import { type ProcessUse, readProcessUse } from "./process-use.js";

interface Moment {
  readonly at: number;
  readonly use: UseReport;
  readonly process: ProcessUse | null;
}

/** What was used between two moments, and when the pushes between them were seen. */
export interface Phase {
  readonly minutes: number;
  readonly requests: number;
  readonly points: number;
  readonly gitHubSeconds: number;
  /** Requests by operation name. */
  readonly operations: Readonly<Record<string, number>>;
  readonly pushes: number;
  /** Seconds from a push to its event, of those that were seen. */
  readonly delays: Readonly<Record<"p50" | "p90" | "p99" | "max", number>>;
  readonly unseen: number;
  readonly cpuShare: number | null;
  readonly peakMiB: number | null;
}

export async function momentNow(gitHub: GitHubStandInControl, pid: number): Promise<Moment> {
  return { at: Date.now(), use: await gitHub.readUse(), process: await readProcessUse(pid) };
}

export function phaseBetween(
  from: Moment,
  to: Moment,
  { pushes }: LivePushes,
  seenAt: ReadonlyMap<string, number>,
): Phase {
  const mine = pushes.filter(({ at }) => at >= from.at && at < to.at);
  const delays = mine.flatMap(({ oid, at }) => {
    const seen = seenAt.get(oid);
    return seen === undefined ? [] : [Math.max(0, seen - at) / 1_000];
  });
  const seconds = (to.at - from.at) / 1_000;
  const cpuSeconds = to.process && from.process && to.process.cpuSeconds - from.process.cpuSeconds;
  return {
    minutes: seconds / 60,
    requests: to.use.requests - from.use.requests,
    points: to.use.points - from.use.points,
    gitHubSeconds: (to.use.gitHubMs - from.use.gitHubMs) / 1_000,
    operations: Object.fromEntries(
      Object.entries(to.use.operations)
        .map(([name, { requests }]) => {
          return [name, requests - (from.use.operations[name]?.requests ?? 0)] as const;
        })
        .filter(([, count]) => count > 0),
    ),
    pushes: mine.length,
    delays: {
      p50: quantile(delays, 0.5),
      p90: quantile(delays, 0.9),
      p99: quantile(delays, 0.99),
      max: quantile(delays, 1),
    },
    unseen: mine.length - delays.length,
    cpuShare: cpuSeconds === null ? null : cpuSeconds / seconds,
    peakMiB: to.process?.peakMiB ?? null,
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

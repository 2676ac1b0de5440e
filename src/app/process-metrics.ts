import { statfs } from "node:fs/promises";
import { readVersion } from "../cli/version.js";
import type { Config } from "../config/config.js";
import type { DatabaseObserver, PoolState, SentStatement } from "../postgres/database-observer.js";
import { statementSummary } from "../postgres/statement-summary.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";
import { observe } from "../telemetry/metrics/observe.js";

/** Kinds of statements that are told apart: there are some eighty. */
const STATEMENTS_MAX = 200;
/** Texts; clients can make up some thousand shapes of a page. */
const TIMERS_MAX = 5_000;
const DISK_KEPT_MS = 10_000;

/** What every process tells of itself. */
export function readProcess(
  metrics: Metrics,
  { roles, profile }: Pick<Config, "roles" | "profile">,
  pools: () => readonly PoolState[],
): void {
  metrics.buildInfo.set(
    { version: readVersion(), node: process.version, profile: profile.kind },
    1,
  );
  for (const role of roles) metrics.processRole.set({ role }, 1);
  metrics.readFrom({
    name: "pools",
    gauges: [metrics.poolConnections, metrics.poolMax, metrics.poolWaiting],
    read: pools,
    set(states) {
      for (const { name: pool, max, inUse, idle, waiting } of states) {
        metrics.poolConnections.set({ pool, state: "in_use" }, inUse);
        metrics.poolConnections.set({ pool, state: "idle" }, idle);
        metrics.poolMax.set({ pool }, max);
        metrics.poolWaiting.set({ pool }, waiting);
      }
    },
  });
  if (profile.kind !== "embedded") return;
  metrics.readFrom({
    name: "disk",
    gauges: [metrics.dataFree, metrics.dataDisk],
    keptMs: DISK_KEPT_MS,
    read: () => statfs(profile.dataDir),
    set({ bavail, blocks, bsize }) {
      metrics.dataFree.set(bavail * bsize);
      metrics.dataDisk.set(blocks * bsize);
    },
  });
}

/** Times what is sent to PostgreSQL. */
export function observeDatabase(metrics: Metrics): DatabaseObserver {
  const timers = new Map<string, { observe(seconds: number): void }>();
  const statements = new Set<string>();

  function timerOf(pool: string, { text, name = text }: SentStatement) {
    const key = `${pool} ${name}`;
    const known = timers.get(key);
    if (known !== undefined) return known;
    const summary = statementSummary(text);
    const isTold = statements.has(summary) || statements.size < STATEMENTS_MAX;
    if (isTold) statements.add(summary);
    const timer = metrics.statementDuration.labels({ pool, statement: isTold ? summary : "other" });
    if (timers.size > TIMERS_MAX) timers.clear();
    timers.set(key, timer);
    return timer;
  }

  return {
    statement(pool, sent, tookMs, error) {
      timerOf(pool, sent).observe(tookMs / 1_000);
      if (error == null) return;
      const { code = "unknown" } = error as { code?: string };
      metrics.statementFailures.inc({ pool, code });
    },
    transaction: (outcome, tookMs) =>
      observe(metrics.transactionDuration, { outcome }, tookMs / 1_000),
  };
}

import { REPOSITORY_STATES } from "../domain/repository.js";
import { WORK_KINDS } from "../domain/work.js";
import type { Database } from "../postgres/database.js";
import type { TaskQueue } from "../queue/queue.js";
import { readDepths } from "../queue/read-depths.js";
import { readRateBudgets } from "../store/budget/budget-reader.js";
import { readTimeUsed } from "../store/budget/time-used.js";
import { readSystemStatus, type SystemStatus } from "../store/status/system-status.js";
import type { Metrics } from "../telemetry/metrics/metrics.js";

/** The tables are looked at no more often. */
const KEPT_MS = 5_000;

/**
 * What the scheduler role tells of all of the system: three statements, whatever there is in the tables,
 * and the depth of each queue.
 */
export function readStatus(
  metrics: Metrics,
  { database, queue, keptMs = KEPT_MS }: { database: Database; queue: TaskQueue; keptMs?: number },
): void {
  const { statusReader } = database;
  metrics.readFrom({
    name: "tables",
    gauges: [
      ...[metrics.repositories, metrics.workOverdue, metrics.workDue, metrics.checksLate],
      ...[metrics.feedSequence, metrics.projectionLag, metrics.databaseSize],
      ...[metrics.lockWaiters, metrics.longestTransaction],
    ],
    keptMs,
    read: () => readSystemStatus({ statusReader }),
    set: (status) => setStatus(metrics, status),
  });
  metrics.readFrom({
    name: "budgets",
    gauges: [
      ...[metrics.gitHubLimit, metrics.gitHubRemaining, metrics.gitHubReset],
      ...[metrics.gitHubPausedUntil, metrics.gitHubTimeUsed],
    ],
    keptMs,
    read: async () => ({
      budgets: await readRateBudgets({ reader: statusReader }),
      used: await readTimeUsed({ statusReader }),
    }),
    set({ budgets, used }) {
      for (const { login: user, limit, remaining, resetAt, pausedUntil } of budgets) {
        metrics.gitHubLimit.set({ user }, limit);
        metrics.gitHubRemaining.set({ user }, remaining);
        metrics.gitHubReset.set({ user }, secondsOf(resetAt));
        metrics.gitHubPausedUntil.set({ user }, secondsOf(pausedUntil));
        metrics.gitHubTimeUsed.set({ user }, used.get(user) ?? 0);
      }
    },
  });
  metrics.readFrom({
    name: "queues",
    gauges: [metrics.queueTasks],
    read: () => readDepths(queue),
    set(depths) {
      for (const [kind, { ready, dead }] of depths) {
        metrics.queueTasks.set({ kind, state: "ready" }, ready);
        metrics.queueTasks.set({ kind, state: "dead" }, dead);
      }
    },
  });
}

function setStatus(metrics: Metrics, status: SystemStatus): void {
  for (const state of REPOSITORY_STATES) {
    metrics.repositories.set({ state }, status.repositories[state] ?? 0);
  }
  for (const kind of WORK_KINDS) {
    metrics.workOverdue.set({ kind }, status.work[kind].overdueS);
    metrics.workDue.set({ kind }, status.work[kind].due);
  }
  metrics.checksLate.set(status.checksLate);
  metrics.feedSequence.set(status.sequence);
  for (const [projection, events] of Object.entries(status.behind)) {
    metrics.projectionLag.set({ projection }, events);
  }
  metrics.databaseSize.set(status.sizeBytes);
  metrics.lockWaiters.set(status.lockWaiters);
  metrics.longestTransaction.set(status.longestTransactionS);
}

function secondsOf(time: Date | null): number {
  return (time?.getTime() ?? 0) / 1_000;
}

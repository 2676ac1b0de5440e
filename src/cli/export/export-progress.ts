import { bar } from "../terminal/bar.js";
import { createLiveLines } from "../terminal/live-lines.js";
import type { Output } from "../terminal/output.js";
import { count, duration } from "../terminal/terminal-text.js";

/** How many commits there are in all, with those exported before. */
export interface ExportTotal {
  readonly count: number;
  /** False: at least so many. */
  readonly isExact: boolean;
}

/** How far an export is, on a terminal; elsewhere nothing. */
export interface ExportProgress {
  show(doneCount: number): void;
  clear(): void;
}

const DRAW_EVERY_MS = 100;

/** `before` commits were exported earlier; without a total there is no bar, but how many there are. */
export function createExportProgress(
  output: Output,
  { before, total }: { before: number; total: ExportTotal | null },
): ExportProgress {
  const live = createLiveLines(output);
  const startedAtMs = performance.now();
  let drawnAtMs = Number.NEGATIVE_INFINITY;
  return {
    show(doneCount) {
      const nowMs = performance.now();
      if (nowMs - drawnAtMs < DRAW_EVERY_MS) return;
      drawnAtMs = nowMs;
      const seconds = (nowMs - startedAtMs) / 1_000;
      const perSecond = seconds < 1 ? 0 : (doneCount - before) / seconds;
      live.show([describe(doneCount, { total, perSecond, columns: output.terminal.columns })]);
    },
    clear: live.clear,
  };
}

interface Facts {
  readonly total: ExportTotal | null;
  readonly perSecond: number;
  readonly columns: number;
}

function describe(doneCount: number, { total, perSecond, columns }: Facts): string {
  const rate = perSecond < 1 ? [] : [`${count(Math.round(perSecond))}/s`];
  if (total?.isExact !== true || total.count === 0) {
    return [`${count(doneCount)} commits`, ...rate].join("  ");
  }
  // What was stored or left behind meanwhile is not in the total.
  const share = Math.min(1, doneCount / total.count);
  const leftSeconds = Math.round((total.count - doneCount) / perSecond);
  return [
    bar(share, columns),
    `${Math.floor(share * 100)} %`,
    `${count(doneCount)} of ${count(total.count)}`,
    ...rate,
    ...(perSecond < 1 || leftSeconds < 1 ? [] : [`${duration(leftSeconds)} left`]),
  ].join("  ");
}

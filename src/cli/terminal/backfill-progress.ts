import type { Backfill } from "../client/backfill.js";
import { describeRepository } from "../client/repository.js";
import { bar } from "./bar.js";
import { createLiveLines } from "./live-lines.js";
import type { Output } from "./output.js";
import { count, duration, safeLine } from "./terminal-text.js";

/** How far backfills are: bars on a terminal; elsewhere a line for each change of state or trouble, and now and then. */
export interface BackfillProgress {
  show(backfills: readonly Backfill[]): Promise<void>;
  clear(): void;
}

const LINE_EVERY_MS = 10_000;

export function createBackfillProgress(output: Output): BackfillProgress {
  return output.isLive ? createBars(output) : createLines(output);
}

function createBars(output: Output): BackfillProgress {
  const live = createLiveLines(output);
  const started = new Map<string, { atMs: number; count: number }>();
  return {
    async show(backfills) {
      const nowMs = performance.now();
      live.show(
        backfills.map((backfill) => {
          const first = started.get(backfill.id) ?? { atMs: nowMs, count: backfill.commitCount };
          started.set(backfill.id, first);
          const seconds = (nowMs - first.atMs) / 1_000;
          const perSecond = seconds < 1 ? 0 : (backfill.commitCount - first.count) / seconds;
          return describe(backfill, perSecond, output.terminal.columns);
        }),
      );
    },
    clear: live.clear,
  };
}

/** A bar where GitHub's count is known; without it only how many there are. */
function describe(backfill: Backfill, perSecond: number, columns: number): string {
  const { nameWithOwner, state, commitCount, completeness, lastError } = backfill;
  const { expectedCount } = completeness;
  const trouble = lastError === null ? [] : [safeLine(lastError)];
  const rate = perSecond >= 1 ? [`${count(Math.round(perSecond))}/s`] : [];
  const way = wayOf(backfill);
  if (expectedCount === null) {
    const facts = [state, `${count(commitCount)} commits`, ...rate, ...way, ...trouble];
    return [nameWithOwner, ...facts].join("  ");
  }
  const share = Math.min(1, commitCount / expectedCount);
  const facts = `${Math.floor(share * 100)} %  ${count(commitCount)} of ${count(expectedCount)} commits`;
  return [nameWithOwner, bar(share, columns), facts, ...rate, ...way, ...trouble].join("  ");
}

/** What has come by git, and for how long it goes on. */
function wayOf({ backfill }: Backfill): string[] {
  if (backfill === null) return [];
  const { transport, receivedBytes, secondsLeft } = backfill;
  const mb = ((receivedBytes ?? 0) / 1_000_000).toFixed(1);
  return [
    ...(transport === "GIT" ? [`${mb} MB by git`] : []),
    ...(secondsLeft === null ? [] : [`${duration(secondsLeft)} left`]),
  ];
}

function createLines(output: Output): BackfillProgress {
  const last = new Map<string, { atMs: number; news: string; count: number }>();
  return {
    async show(backfills) {
      const atMs = performance.now();
      for (const backfill of backfills) {
        const { id, state, commitCount, lastError } = backfill;
        const told = last.get(id);
        const news = `${state} ${lastError}`;
        const isNews = told?.news !== news;
        const isDue = told && atMs - told.atMs >= LINE_EVERY_MS && told.count !== commitCount;
        if (!isNews && isDue !== true) continue;
        last.set(id, { atMs, news, count: commitCount });
        const line = [describeRepository(backfill), ...wayOf(backfill)].join("  ");
        await output.note(safeLine(line));
      }
    },
    clear() {},
  };
}

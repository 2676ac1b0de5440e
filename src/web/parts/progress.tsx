import type { ProgressFragment } from "../operations.generated.js";
import { formatBytes, formatCompact, formatCount } from "../text/numbers.js";
import { duration } from "../text/times.js";
import { progressCounts } from "./progress-counts.js";
import { useRate } from "./use-rate.js";

/** How far a first history is: a bar, its rate, how it comes in, and the time that is left. */
export function Progress({ repository }: { readonly repository: ProgressFragment }) {
  const { nameWithOwner, backfill } = repository;
  const { done, total } = progressCounts(repository);
  const rate = useRate(done);
  const share = total ? Math.min(1, done / total) : null;
  const percent = share === null ? undefined : Math.floor(share * 100);
  const left = total === null || rate === null ? null : Math.max(0, total - done) / rate;
  const secondsLeft = backfill?.secondsLeft ?? left;
  const bytes = backfill?.receivedBytes ?? null;
  const text = [
    total === null
      ? `${formatCount(done)} commits`
      : `${formatCount(done)} of ${formatCount(total)} commits`,
    bytes !== null && bytes > 0 && `${formatBytes(bytes)} received`,
    rate !== null && `${formatCompact(rate)}/s`,
    backfill && (backfill.transport === "GIT" ? "by git" : "by the API"),
    secondsLeft !== null && `${duration(secondsLeft)} left`,
  ].filter(Boolean);
  return (
    <div class="progress">
      <div
        class={`progress-bar ${share === null ? "is-open" : ""}`}
        role="progressbar"
        aria-label={`First history of ${nameWithOwner}`}
        aria-valuetext={text.join(", ")}
        {...(percent !== undefined && { "aria-valuenow": percent })}
      >
        <div class="progress-done" style={{ width: `${share === null ? 30 : share * 100}%` }} />
      </div>
      <span class="progress-text">{text.join(" · ")}</span>
    </div>
  );
}

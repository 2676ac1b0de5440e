import type { ProgressFragment } from "../operations.generated.js";
import { formatCompact, formatCount } from "../text/numbers.js";
import { duration } from "../text/times.js";
import { useRate } from "./use-rate.js";

/** How far a first history is: a bar, its rate, and the time that is left. */
export function Progress({ repository }: { readonly repository: ProgressFragment }) {
  const { commitCount, completeness, nameWithOwner } = repository;
  const { expectedCount } = completeness;
  const rate = useRate(commitCount);
  const left = expectedCount === null ? null : Math.max(0, expectedCount - commitCount);
  const share = expectedCount ? Math.min(1, commitCount / expectedCount) : null;
  const percent = share === null ? undefined : Math.floor(share * 100);
  const text = [
    expectedCount === null
      ? `${formatCount(commitCount)} commits`
      : `${formatCount(commitCount)} of ${formatCount(expectedCount)} commits`,
    rate !== null && `${formatCompact(rate)}/s`,
    rate !== null && left !== null && `${duration(left / rate)} left`,
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

import type { SystemQuery } from "../operations.generated.js";
import { Empty } from "../parts/notice.js";
import { RelativeTime } from "../parts/relative-time.js";
import { formatCount } from "../text/numbers.js";

type Budget = SystemQuery["rateBudgets"][number];

interface BudgetsProps {
  readonly budgets: readonly Budget[];
  readonly isLimited: boolean;
}

/** What each of GitHub's users may still ask. */
export function Budgets({ budgets, isLimited }: BudgetsProps) {
  return (
    <section class="card padded" aria-label="GitHub's budgets">
      <h2>GitHub's budgets</h2>
      {budgets.length === 0 && (
        <Empty title={isLimited ? "Not shown to this key" : "Nothing has been asked yet"}>
          {isLimited
            ? "It is limited to some repositories, and budgets are everybody's."
            : "A budget appears with the first request for each user's tokens."}
        </Empty>
      )}
      <ul class="budgets">
        {budgets.map((budget) => (
          <BudgetLine key={budget.login} budget={budget} />
        ))}
      </ul>
    </section>
  );
}

function BudgetLine({ budget }: { readonly budget: Budget }) {
  const { login, limit, remaining, resetAt, spentLive, spentBackfill } = budget;
  const of = (points: number) => `${Math.min(100, (points / Math.max(1, limit)) * 100)}%`;
  return (
    <li>
      <div class="budget-head">
        <strong>{login}</strong>
        <span class="quiet">
          {formatCount(remaining)} of {formatCount(limit)} points left
          {resetAt !== null && (
            <>
              , full again <RelativeTime at={resetAt} />
            </>
          )}
        </span>
      </div>
      <div class="budget-bar" aria-hidden="true">
        <div class="budget-live" style={{ width: of(spentLive) }} />
        <div class="budget-backfill" style={{ width: of(spentBackfill) }} />
      </div>
      <p class="budget-legend quiet">
        <span class="dot is-live">live work {formatCount(spentLive)}</span>
        <span class="dot is-backfill">first histories {formatCount(spentBackfill)}</span>
      </p>
      <Pause budget={budget} />
    </li>
  );
}

const REASONS = { PRIMARY: "the hour's points are spent", SECONDARY: "it was too much at once" };

function Pause({ budget: { pausedUntil, pauseReason } }: { readonly budget: Budget }) {
  if (pausedUntil === null || Date.parse(pausedUntil) < Date.now()) return null;
  return (
    <p class="banner is-warn">
      GitHub said to wait{pauseReason !== null && `: ${REASONS[pauseReason]}`}. It is asked again{" "}
      <RelativeTime at={pausedUntil} />.
    </p>
  );
}

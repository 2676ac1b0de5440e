import { repositoryPath } from "../client/router.js";
import type { RepositoryLineFragment } from "../operations.generated.js";
import { Link } from "../parts/link.js";
import { Progress } from "../parts/progress.js";
import { DueTime, RelativeTime } from "../parts/relative-time.js";
import { StateBadge } from "../parts/state-badge.js";
import { formatCount } from "../text/numbers.js";
import { duration } from "../text/times.js";
import { CHECK_WORDS, STALE_WORDS } from "../text/words.js";
import { RepositoryActions } from "./repository-actions.js";

export const COLUMNS = ["Repository", "Commits", "Freshness", "Next check", "Rate", "Actions"];

/** One repository of the table. */
export function RepositoryRow({ repository }: { readonly repository: RepositoryLineFragment }) {
  const { nameWithOwner, state, commitCount, freshness, checkIntervalSeconds } = repository;
  return (
    <div class="repository-row">
      <div class="cell-name" role="cell">
        <div class="repository-name">
          <Link to={repositoryPath(nameWithOwner)}>{nameWithOwner}</Link>
          <StateBadge state={state} />
        </div>
        <SecondLine repository={repository} />
      </div>
      <div class="cell-count" role="cell">
        {formatCount(commitCount)}
        <span class="on-phone"> commits</span>
      </div>
      <div class="cell-fresh" role="cell">
        <span class={freshness.isFresh ? "is-good-text" : ""}>
          {freshness.reason === null ? "Up to date" : STALE_WORDS[freshness.reason]}
        </span>
        {freshness.headCheckedAt && (
          <span class="cell-more">
            seen <RelativeTime at={freshness.headCheckedAt} />
          </span>
        )}
      </div>
      <div class="cell-next" role="cell">
        <NextCheck repository={repository} />
      </div>
      <div class="cell-rate" role="cell">
        {checkIntervalSeconds !== null && (
          <span title="Between two checks, as planned">every {duration(checkIntervalSeconds)}</span>
        )}
      </div>
      <div class="cell-actions" role="cell">
        <RepositoryActions repository={repository} />
      </div>
    </div>
  );
}

function SecondLine({ repository }: { readonly repository: RepositoryLineFragment }) {
  const { state, lastError, attempts, headCommit, headOid } = repository;
  if (lastError !== null) {
    return (
      <p class="repository-error" title={lastError}>
        {attempts > 1 && `${attempts} times: `}
        {lastError}
      </p>
    );
  }
  if (state === "BACKFILLING") return <Progress repository={repository} />;
  if (headCommit === null)
    return <p class="repository-head">{headOid?.slice(0, 7) ?? "no head yet"}</p>;
  return (
    <p class="repository-head">
      <span class="oid">{headCommit.abbreviatedOid}</span> <bdi>{headCommit.messageHeadline}</bdi>
    </p>
  );
}

function NextCheck({ repository }: { readonly repository: RepositoryLineFragment }) {
  const { nextCheckAt, checkReason } = repository;
  if (nextCheckAt === null) return <span class="quiet">none due</span>;
  return (
    <>
      <DueTime at={nextCheckAt} />
      <span class="cell-more">{CHECK_WORDS[checkReason]}</span>
    </>
  );
}

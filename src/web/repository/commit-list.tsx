import { useEffect, useRef } from "preact/hooks";
import { choose, usePlace } from "../client/router.js";
import { useLate } from "../client/use-late.js";
import { usePages } from "../client/use-pages.js";
import { CommitLine } from "../live/commit-line.js";
import { CommitsDocument, type CommitsQuery } from "../operations.generated.js";
import { Empty, Failure, Loading } from "../parts/notice.js";
import { WindowRows } from "../parts/window-rows.js";
import { countOf } from "../text/numbers.js";
import { CommitFilterForm, commitFilterOf, isNarrowed, readCommitView } from "./commit-filter.js";
import type { StatisticsPlace } from "./use-statistics.js";

const PAGE = 50;
const ROW_PX = 65;
const connectionOf = (data: CommitsQuery) => data.commits;

/** Its commits, newest first, searched and narrowed; as many as are scrolled to. */
export function CommitList({ repository, headOid }: StatisticsPlace) {
  const { search } = usePlace();
  const view = readCommitView(search);
  const filter = commitFilterOf(view);
  const late = JSON.parse(useLate(JSON.stringify(filter))) as typeof filter;
  const pages = usePages(CommitsDocument, { repository, first: PAGE, filter: late }, connectionOf);
  const { nodes, first, error, refresh } = pages;
  const seen = useRef(headOid);
  useEffect(() => {
    if (seen.current === headOid) return;
    seen.current = headOid;
    refresh();
  }, [headOid, refresh]);
  return (
    <section class="commit-list" aria-label="Commits">
      <header class="page-head">
        <h2>
          Commits{" "}
          {first && (
            <span class="quiet head-count" role="status">
              {countOf(first.totalCount, isNarrowed(view) ? "match" : "commit", {
                isExact: first.totalCountIsExact,
                plural: isNarrowed(view) ? "matches" : "commits",
              })}
            </span>
          )}
        </h2>
      </header>
      <CommitFilterForm view={view} />
      {error === undefined && nodes.length === 0 && first === undefined && (
        <Loading what="commits" />
      )}
      {error === undefined && nodes.length === 0 && first !== undefined && (
        <NoCommits isNarrowed={isNarrowed(view)} />
      )}
      {nodes.length > 0 && (
        <div class="card list-card">
          <WindowRows
            label="Commits, newest first"
            rows={nodes}
            keyOf={({ id }) => id}
            heightPx={ROW_PX}
            totalCount={first?.totalCountIsExact ? first.totalCount : -1}
            onEnd={pages.more}
            render={(commit) => (
              <CommitLine commit={commit} at={commit.committedAt} hasRepository={false} />
            )}
          />
        </div>
      )}
      {error !== undefined && <Failure error={error} retry={refresh} />}
    </section>
  );
}

function NoCommits({ isNarrowed: isFiltered }: { readonly isNarrowed: boolean }) {
  if (!isFiltered) {
    return <Empty title="No commits yet">They appear here as they are stored.</Empty>;
  }
  const showAll = () => choose({ text: null, author: null, since: null, until: null });
  return (
    <Empty title="No commit matches">
      <p>Words and authors are compared whole, in any letter case.</p>
      <button type="button" class="button" onClick={showAll}>
        Show all
      </button>
    </Empty>
  );
}

import { useClient } from "@urql/preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { usePlace } from "../client/router.js";
import { createStore, useStore } from "../client/store.js";
import { useSoon } from "../client/use-soon.js";
import { useWatch } from "../client/use-watch.js";
import type { CommitLineFragment, RepositoryState } from "../operations.generated.js";
import { Link } from "../parts/link.js";
import { Empty, Failure, Loading } from "../parts/notice.js";
import { WindowRows } from "../parts/window-rows.js";
import { countOf } from "../text/numbers.js";
import { CommitLine } from "./commit-line.js";
import { FeedLine } from "./feed-line.js";
import { Histories } from "./histories.js";
import { type FeedRow, type FeedView, type LiveFeed, openLiveFeed } from "./live-feed.js";
import { RepositoryChoice } from "./repository-choice.js";
import { type Earlier, useEarlier } from "./use-earlier.js";
import { useHold } from "./use-hold.js";

const ROW_PX = 65;
const NOTHING = createStore<FeedView>({ rows: [], cameCount: 0, isOpen: false, error: undefined });

type Row =
  | FeedRow
  | { readonly kind: "divider"; readonly key: string }
  | { readonly kind: "earlier"; readonly key: string; readonly commit: CommitLineFragment };

/** Commits as they are stored, the newest on top; below them what was committed before. */
export function LivePage() {
  const chosen = usePlace().search.getAll("repository");
  const view = useFeed(chosen);
  const hold = useHold(view);
  const earlier = useEarlier(chosen);
  useFirstHistories(chosen, earlier);
  const rows = useMemo(
    () => joined(hold.shown.rows, earlier.nodes),
    [hold.shown.rows, earlier.nodes],
  );
  const error = view.error ?? earlier.error;
  return (
    <main class="page">
      <header class="page-head">
        <h1>Live</h1>
        <RepositoryChoice chosen={chosen} />
        <button
          type="button"
          class="button"
          aria-pressed={hold.isPaused}
          onClick={() => hold.setPaused(!hold.isPaused)}
        >
          {hold.isPaused ? "Resume" : "Pause"}
        </button>
      </header>
      <Histories />
      {error === undefined && rows.length === 0 && (earlier.isAsking || !view.isOpen) && (
        <Loading what="commits" />
      )}
      {error === undefined && rows.length === 0 && !earlier.isAsking && view.isOpen && (
        <NothingYet chosen={chosen} />
      )}
      {rows.length > 0 && (
        <section
          class="card list-card"
          aria-label="Commits"
          onPointerEnter={({ pointerType }) => hold.setPointed(pointerType === "mouse")}
          onPointerLeave={() => hold.setPointed(false)}
          onFocusIn={({ target }) =>
            hold.setFocused((target as Element).matches(".window-row :focus-visible"))
          }
          onFocusOut={() => hold.setFocused(false)}
        >
          <div class="new-count" role="status">
            {hold.newCount > 0 && (
              <button type="button" class="pill" onClick={hold.release}>
                ↑ {countOf(hold.newCount, "new", { plural: "new" })}
              </button>
            )}
          </div>
          <WindowRows
            label="Commits, newest first"
            rows={rows}
            keyOf={({ key }) => key}
            heightPx={ROW_PX}
            totalCount={earlier.hasMore ? -1 : rows.length}
            onEnd={earlier.more}
            render={(row) => <LiveRow row={row} />}
          />
        </section>
      )}
      {error !== undefined && <Failure error={error} retry={earlier.refresh} />}
    </main>
  );
}

function LiveRow({ row }: { readonly row: Row }) {
  if (row.kind === "earlier") return <CommitLine commit={row.commit} at={row.commit.committedAt} />;
  if (row.kind === "divider") return <p class="feed-note">Committed before</p>;
  return <FeedLine row={row} />;
}

function NothingYet({ chosen }: { readonly chosen: readonly string[] }) {
  if (chosen.length > 0) {
    return (
      <Empty title="No new commits yet">
        <p>What is pushed to {chosen.join(", ")} appears here by itself.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No commits yet">
      <p>
        <Link to="/repositories?add">Add a repository</Link>: its history comes in, and what is
        pushed from then on appears here by itself.
      </p>
    </Empty>
  );
}

/** A first history comes in past the feed: the list is asked for again when it has. */
function useFirstHistories(chosen: readonly string[], { nodes, refresh }: Earlier): void {
  const states = useRef(new Map<string, RepositoryState>());
  const refreshSoon = useSoon(refresh);
  useWatch(chosen.length === 0 ? "all" : chosen, ({ id, state, commitCount }) => {
    const isNews = states.current.get(id) !== state;
    states.current.set(id, state);
    if (commitCount > 0 && (nodes.length === 0 || (isNews && state === "ACTIVE"))) refreshSoon();
  });
}

function useFeed(repositories: readonly string[]): FeedView {
  const client = useClient();
  const [feed, setFeed] = useState<LiveFeed | null>(null);
  const names = JSON.stringify(repositories);
  useEffect(() => {
    const opened = openLiveFeed(client, JSON.parse(names) as readonly string[]);
    setFeed(opened);
    return () => {
      opened.close();
      setFeed(null);
    };
  }, [client, names]);
  return useStore(feed?.view ?? NOTHING);
}

/** What came live stands above, once, with what was committed before it below. */
function joined(live: readonly FeedRow[], earlier: readonly CommitLineFragment[]): readonly Row[] {
  const shown = new Set(live.map((row) => (row.kind === "commit" ? row.commit.id : "")));
  const below = earlier
    .filter(({ id }) => !shown.has(id))
    .map((commit): Row => ({ kind: "earlier", key: commit.id, commit }));
  if (live.length === 0) return below;
  const divider: Row = { kind: "divider", key: "divider" };
  return below.length === 0 ? live : [...live, divider, ...below];
}

import { useMemo } from "preact/hooks";
import { choose, usePlace } from "../client/router.js";
import { useLate } from "../client/use-late.js";
import { usePages } from "../client/use-pages.js";
import { useSoon } from "../client/use-soon.js";
import { useWatch } from "../client/use-watch.js";
import { useMay } from "../client/viewer.js";
import { RepositoriesDocument, type RepositoriesQuery } from "../operations.generated.js";
import { Empty, Failure, Loading } from "../parts/notice.js";
import { WindowRows } from "../parts/window-rows.js";
import { countOf } from "../text/numbers.js";
import { AddDialog } from "./add-dialog.js";
import { COLUMNS, RepositoryRow } from "./repository-row.js";
import { filterOf, orderOf, readView, TableChoice, type TableView } from "./table-choice.js";

const PAGE = 50;
const ROW_PX = 65;
const connectionOf = (data: RepositoriesQuery) => data.repositories;

/** All that is tracked, and how it is. */
export function RepositoriesPage() {
  const { search } = usePlace();
  const view = readView(search);
  const mayAdd = useMay("OPERATOR");
  const { pages, rows } = useTable(view);
  const { first, error } = pages;
  return (
    <main class="page">
      <header class="page-head">
        <h1>Repositories {first && <span class="quiet head-count">{countOfTable(first)}</span>}</h1>
        {mayAdd && (
          <button type="button" class="button is-primary" onClick={() => choose({ add: "1" })}>
            Add repositories
          </button>
        )}
      </header>
      <TableChoice view={view} />
      {error === undefined && rows.length === 0 && first === undefined && (
        <Loading what="repositories" />
      )}
      {error === undefined && rows.length === 0 && first !== undefined && (
        <NothingHere isFiltered={view.text !== "" || view.state !== ""} mayAdd={mayAdd} />
      )}
      {rows.length > 0 && (
        <div
          class="card list-card"
          role="table"
          aria-label="Repositories"
          aria-rowcount={first === undefined ? -1 : first.totalCount + 1}
        >
          <div role="rowgroup">
            <div class="repository-row table-head" role="row" aria-rowindex={1}>
              {COLUMNS.map((name) => (
                <div key={name} role="columnheader">
                  <span class={name === "Actions" ? "unseen" : ""}>{name}</span>
                </div>
              ))}
            </div>
          </div>
          <WindowRows
            role="rowgroup"
            rows={rows}
            keyOf={({ id }) => id}
            heightPx={ROW_PX}
            onEnd={pages.more}
            render={(repository) => <RepositoryRow repository={repository} />}
          />
        </div>
      )}
      {error !== undefined && <Failure error={error} retry={pages.refresh} />}
      {mayAdd && search.has("add") && (
        <AddDialog onClose={() => choose({ add: null })} onAdded={pages.refresh} />
      )}
    </main>
  );
}

function useTable(view: TableView) {
  const late = useLate(view.text);
  const filter = filterOf({ ...view, text: late });
  const variables = { first: PAGE, filter, orderBy: orderOf(view) };
  const pages = usePages(RepositoriesDocument, variables, connectionOf);
  const rows = useMemo(() => pages.nodes.filter(({ state }) => state !== "REMOVED"), [pages.nodes]);
  const refreshSoon = useSoon(pages.refresh);
  const ids = useMemo(() => new Set(rows.map(({ id }) => id)), [rows]);
  useWatch("all", ({ id, state }) => {
    // Added or removed elsewhere, while all that there is is shown.
    const isNews = ids.has(id) ? state === "REMOVED" : !pages.hasMore && state === "PENDING";
    if (isNews) refreshSoon();
  });
  return { pages, rows };
}

const countOfTable = ({ totalCount, totalCountIsExact }: RepositoriesQuery["repositories"]) =>
  countOf(totalCount, "tracked", { isExact: totalCountIsExact, plural: "tracked" });

function NothingHere({
  isFiltered,
  mayAdd,
}: {
  readonly isFiltered: boolean;
  readonly mayAdd: boolean;
}) {
  if (isFiltered) {
    return (
      <Empty title="No repository matches">
        <button type="button" class="button" onClick={() => choose({ q: null, state: null })}>
          Show all
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing is tracked yet">
      {mayAdd ? (
        <>
          <p>Add a repository by its address, or all of an owner's at once.</p>
          <button type="button" class="button is-primary" onClick={() => choose({ add: "1" })}>
            Add repositories
          </button>
        </>
      ) : (
        <p>An operator's key can add repositories.</p>
      )}
    </Empty>
  );
}

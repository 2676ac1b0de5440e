import { choose } from "../client/router.js";
import type {
  RepositoryFilter,
  RepositoryOrder,
  RepositoryState,
} from "../operations.generated.js";
import { STATE_WORDS } from "../text/words.js";

const ORDERS: Readonly<
  Record<string, { readonly label: string; readonly order: RepositoryOrder }>
> = {
  active: { label: "Recently active", order: { field: "ACTIVITY", direction: "DESC" } },
  quiet: { label: "Longest quiet", order: { field: "ACTIVITY", direction: "ASC" } },
  name: { label: "Name, A to Z", order: { field: "NAME", direction: "ASC" } },
  "name-down": { label: "Name, Z to A", order: { field: "NAME", direction: "DESC" } },
  newest: { label: "Added last", order: { field: "ADDED", direction: "DESC" } },
  oldest: { label: "Added first", order: { field: "ADDED", direction: "ASC" } },
};
const DEFAULT_ORDER = "active";

const STATES = (Object.keys(STATE_WORDS) as RepositoryState[]).filter((one) => one !== "REMOVED");

export interface TableView {
  readonly text: string;
  readonly state: string;
  readonly sort: string;
}

/** As the address has it. */
export function readView(search: URLSearchParams): TableView {
  return {
    text: search.get("q") ?? "",
    state: search.get("state") ?? "",
    sort: search.get("sort") ?? DEFAULT_ORDER,
  };
}

export function orderOf({ sort }: TableView): RepositoryOrder {
  return (ORDERS[sort] ?? ORDERS[DEFAULT_ORDER])?.order ?? {};
}

/** `app` looks for names, `acme/` for an owner's, `acme/app` for both. */
export function filterOf({ text, state }: TableView): RepositoryFilter {
  const slash = text.indexOf("/");
  const [owner, name] =
    slash < 0 ? ["", text.trim()] : [text.slice(0, slash).trim(), text.slice(slash + 1).trim()];
  const known = STATES.find((one) => one === state);
  return {
    ...(owner !== "" && { owner }),
    ...(name !== "" && { nameContains: name }),
    ...(known !== undefined && { states: [known] }),
  };
}

export function TableChoice({ view }: { readonly view: TableView }) {
  return (
    <div class="table-choice">
      <input
        type="search"
        class="field"
        value={view.text}
        placeholder="Search: name, owner/ or owner/name"
        aria-label="Search repositories"
        onInput={({ currentTarget }) => choose({ q: currentTarget.value })}
      />
      <select
        class="field"
        aria-label="State"
        value={view.state}
        onChange={({ currentTarget }) => choose({ state: currentTarget.value })}
      >
        <option value="">All states</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {STATE_WORDS[state]}
          </option>
        ))}
      </select>
      <select
        class="field"
        aria-label="Sort"
        value={view.sort}
        onChange={({ currentTarget }) => choose({ sort: currentTarget.value })}
      >
        {Object.entries(ORDERS).map(([name, { label }]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

import { choose } from "../client/router.js";
import type { CommitFilter } from "../operations.generated.js";

/** As the address has it. */
export interface CommitView {
  readonly text: string;
  readonly author: string;
  readonly since: string;
  readonly until: string;
  /** Those too that a rewrite has left behind. */
  readonly hasAll: boolean;
}

export function readCommitView(search: URLSearchParams): CommitView {
  const read = (name: string) => search.get(name) ?? "";
  return {
    text: read("text"),
    author: read("author"),
    since: read("since"),
    until: read("until"),
    hasAll: search.has("all"),
  };
}

export const isNarrowed = ({ text, author, since, until }: CommitView): boolean =>
  [text, author, since, until].some((one) => one.trim() !== "");

export function commitFilterOf({ text, author, since, until, hasAll }: CommitView): CommitFilter {
  return {
    ...(text.trim() !== "" && { text: text.trim() }),
    ...(author.trim() !== "" && { author: author.trim() }),
    ...(since !== "" && { since: `${since}T00:00:00Z` }),
    ...(until !== "" && { until: `${until}T23:59:59.999Z` }),
    ...(hasAll && { reachable: null }),
  };
}

/** Narrows the list; what is chosen is in the address. */
export function CommitFilterForm({ view }: { readonly view: CommitView }) {
  return (
    <search class="commit-filter">
      <input
        type="search"
        class="field"
        value={view.text}
        placeholder="Words in the message"
        aria-label="Words in the message"
        onInput={({ currentTarget }) => choose({ text: currentTarget.value })}
      />
      <input
        type="search"
        class="field"
        value={view.author}
        placeholder="Author: login, e-mail or name"
        aria-label="Author: login, e-mail or name"
        onInput={({ currentTarget }) => choose({ author: currentTarget.value })}
      />
      <label class="in-line">
        <span>From</span>
        <input
          type="date"
          class="field"
          value={view.since}
          onInput={({ currentTarget }) => choose({ since: currentTarget.value })}
        />
      </label>
      <label class="in-line">
        <span>to</span>
        <input
          type="date"
          class="field"
          value={view.until}
          onInput={({ currentTarget }) => choose({ until: currentTarget.value })}
        />
      </label>
      <label class="in-line">
        <input
          type="checkbox"
          checked={view.hasAll}
          onChange={({ currentTarget }) => choose({ all: currentTarget.checked ? "1" : null })}
        />
        <span>left behind too</span>
      </label>
    </search>
  );
}

import type { RepositoryState } from "../operations.generated.js";
import { STATE_WORDS } from "../text/words.js";

const LOOKS: Readonly<Partial<Record<RepositoryState, string>>> = {
  ACTIVE: "is-good",
  BACKFILLING: "is-busy",
  FAILED: "is-bad",
  PAUSED: "is-warn",
  UNAVAILABLE: "is-bad",
};

export function StateBadge({ state }: { readonly state: RepositoryState }) {
  return <span class={`badge ${LOOKS[state] ?? ""}`}>{STATE_WORDS[state]}</span>;
}

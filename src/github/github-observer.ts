import type { Purpose } from "../domain/rate-account.js";
import type { WaitReason } from "../domain/rate-budget.js";
import type { TokenCounts } from "./token-users.js";

/** One request, for metrics. */
export interface Observed {
  readonly operation:
    | "Glance"
    | "LookUp"
    | "History"
    | "FirstParents"
    | "Parents"
    | "Commits"
    | "CommitCount"
    | "OwnedRepositories"
    | "Viewer";
  readonly purpose: Purpose;
  /** Whose budget it was paid from; undefined where it was asked whose the token is. */
  readonly login: string | undefined;
  /** Of HTTP; undefined when no answer came. */
  readonly status: number | undefined;
  /** `ok`, an error code, or `aborted`. */
  readonly outcome: string;
  readonly durationMs: number;
  readonly points: number;
  readonly remaining: number | undefined;
  readonly requestId: string | undefined;
}

/** Told of what becomes of requests, for metrics. */
export interface GitHubObserver {
  request?(observed: Observed): void;
  /** One has to wait, or is put off. */
  wait?(purpose: Purpose, reason: WaitReason): void;
  /** One that is about to be sent has waited so long for its turn and for leave. */
  turn?(purpose: Purpose, waitedMs: number): void;
  /** How many tokens are accepted and refused, whenever that changes. */
  tokens?(counts: TokenCounts): void;
}

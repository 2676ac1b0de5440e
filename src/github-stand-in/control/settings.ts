import type { CursorMode } from "../graphql/query-context.js";
import type { SecondaryForm } from "../http/canned-answers.js";
import { SECONDARY_FORM } from "../http/canned-answers.js";
import type { LatencyModel } from "../limits/latency.js";
import type { PrimaryForm } from "../limits/rate-limit.js";
import type { SecondaryLimits } from "../limits/secondary-limit.js";
import { SECONDARY_LIMITS } from "../limits/secondary-limit.js";

/** How this GitHub behaves where the real one is undecided, changes, or would slow a test down. */
export interface StandInSettings {
  /** Default: as documented. Null: none, for measuring. */
  readonly secondaryLimits: SecondaryLimits | null;
  readonly secondaryForm: SecondaryForm;
  readonly primaryForm: PrimaryForm;
  readonly cursorMode: CursorMode;
  /** Default null: answers as fast as it can. */
  readonly latency: LatencyModel | null;
  /** How far GitHub's clock is ahead, in `Date`, resets and `pushedAt`; below 0: behind. Default 0. */
  readonly clockAheadMs: number;
}

export const DEFAULT_SETTINGS: StandInSettings = {
  secondaryLimits: SECONDARY_LIMITS,
  secondaryForm: SECONDARY_FORM,
  primaryForm: "RATE_LIMITED",
  cursorMode: "continue",
  latency: null,
  clockAheadMs: 0,
};

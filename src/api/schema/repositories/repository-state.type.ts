import { SHOWN_STATES, type ShownState } from "../../../domain/repository.js";
import { WORK_REASONS, type WorkReason } from "../../../domain/work.js";
import { registerEnumType } from "../type-graphql.js";

/** type-graphql takes enums as objects. */
export const RepositoryStateEnum = Object.fromEntries(
  SHOWN_STATES.map((state) => [state, state]),
) as Record<ShownState, ShownState>;
registerEnumType(RepositoryStateEnum, {
  name: "RepositoryState",
  description: "Where the tracking of a repository stands.",
  valuesConfig: {
    PENDING: { description: "Added; GitHub has not been asked yet." },
    BACKFILLING: { description: "Its history is being fetched for the first time." },
    ACTIVE: { description: "Complete at `headOid`; new commits are fetched as they are seen." },
    PAUSED: { description: "Not checked until it is resumed." },
    EMPTY: { description: "It has no commits yet; the first push is picked up." },
    UNAVAILABLE: {
      description: "GitHub does not show it; `lastError` says why. What is stored stays.",
    },
    FAILED: { description: "Given up for now after many failures; `lastError` says why." },
    REMOVED: {
      description: "Not tracked any more: told once by `repositoryUpdated`, and of old events.",
    },
  },
});

export const CheckReasonEnum = Object.fromEntries(
  WORK_REASONS.map((reason) => [reason, reason]),
) as Record<WorkReason, WorkReason>;
registerEnumType(CheckReasonEnum, {
  name: "CheckReason",
  description: "Why a repository's next check is when it is.",
  valuesConfig: {
    ADDED: { description: "It has just been added." },
    RATE: { description: "As often as its commits make worth while, under GitHub's budget." },
    WATCHED: { description: "Somebody follows it live." },
    REQUESTED: { description: "Somebody asked for it, or GitHub rang." },
    WALK: {
      description: "Its first history is being fetched; what is pushed meanwhile comes with it.",
    },
    RETRY: { description: "The last attempt failed." },
  },
});

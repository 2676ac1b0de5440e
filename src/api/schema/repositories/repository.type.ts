import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { REPOSITORY_STATES, type RepositoryState } from "../../../domain/repository.js";
import { WORK_REASONS, type WorkReason } from "../../../domain/work.js";
import { connectionTypes, PageArguments } from "../../paging/connection.type.js";
import { OrderDirection } from "../commits/commit.type.js";
import { GraphQLDateTime } from "../date-time.js";
import { Node } from "../node/node.type.js";

/** type-graphql takes enums as objects. */
const RepositoryStateEnum = Object.fromEntries(
  REPOSITORY_STATES.map((state) => [state, state]),
) as Record<RepositoryState, RepositoryState>;
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
  },
});

const CheckReasonEnum = Object.fromEntries(
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

@ObjectType("Repository", {
  simpleResolvers: true,
  implements: Node,
  description: "A tracked repository: its default branch's history.",
})
export class RepositoryType implements Node {
  @Field(() => ID, { description: "Stays the same when the repository is renamed." })
  id!: string;

  @Field(() => String, { description: "`owner/name`, as GitHub writes it now." })
  nameWithOwner!: string;

  @Field(() => String, { description: "The account it belongs to." })
  owner!: string;

  @Field(() => String, { description: "Its name within that account." })
  name!: string;

  @Field(() => String, { description: "Its page." })
  url!: string;

  @Field(() => RepositoryStateEnum, { description: "Where its tracking stands." })
  state!: RepositoryState;

  @Field(() => String, { nullable: true, description: "Null until GitHub has told it." })
  defaultBranch!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The stored commits are exactly those that this head leads to.",
  })
  headOid!: string | null;

  @Field(() => Int, { description: "Stored commits that are reachable." })
  commitCount!: number;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "Where the stored history begins: a place in it, found once by this date, not a filter on dates. See `addRepository`.",
  })
  trackFrom!: Date | null;

  @Field(() => Boolean, { description: "Read-only on GitHub, as last seen." })
  isArchived!: boolean;

  @Field(() => Boolean, { description: "Not public on GitHub, as last seen." })
  isPrivate!: boolean;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When GitHub was last asked about it.",
  })
  lastCheckedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When commits were last stored." })
  lastFetchedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "When GitHub is asked again. Null while nothing is due: it is paused, or its first history waits to be fetched.",
  })
  nextCheckAt!: Date | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "Seconds from the last check to the next, as planned; null before the first, and while none is due.",
  })
  checkIntervalSeconds!: number | null;

  @Field(() => CheckReasonEnum, { description: "Why the next check is when it is." })
  checkReason!: WorkReason;

  @Field(() => Int, { description: "Failed attempts in a row." })
  attempts!: number;

  @Field(() => String, {
    nullable: true,
    description: "Why the last attempt failed; null after a success.",
  })
  lastError!: string | null;

  @Field(() => GraphQLDateTime, { description: "When it was added." })
  createdAt!: Date;
}

export const RepositoryConnection = connectionTypes("Repository", () => RepositoryType);

@ObjectType("Completeness", {
  simpleResolvers: true,
  description:
    "Whether every commit is stored. No stored commit has a parent that is neither stored nor waiting to be fetched; a verification holds that against GitHub.",
})
export class CompletenessType {
  @Field(() => Boolean, {
    description:
      "Nothing is left to fetch at `headOid`, nothing is untold, and GitHub's count there, where it is known, is ours.",
  })
  complete!: boolean;

  @Field(() => Int, { description: "Reachable commits stored now." })
  storedCount!: number;

  @Field(() => Int, {
    nullable: true,
    description:
      "Commits that GitHub counted at `checkedOid`. Null before that, and with `trackFrom`: GitHub counts older ones too.",
  })
  githubCount!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "While a first history of more than a page is being fetched: commits that GitHub counted in it. Null where that is not known, and with `trackFrom`.",
  })
  expectedCount!: number | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When the latest verification ended; null before the first, and while one runs.",
  })
  checkedAt!: Date | null;

  @Field(() => String, { nullable: true, description: "The head that was verified." })
  checkedOid!: string | null;

  @Field(() => Boolean, { description: "A verification is waiting or running." })
  isChecking!: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether GitHub's history was listed again, oid by oid. Null before the first.",
  })
  isDeep!: boolean | null;

  @Field(() => Int, { description: "Deep: commits that GitHub has listed so far." })
  listedCount!: number;

  @Field(() => Int, {
    description: "Deep: listed commits that were not stored; they are being fetched.",
  })
  missingCount!: number;

  @Field(() => Int, {
    description: "Stored commits that contradicted each other; they were put right.",
  })
  faultCount!: number;

  @Field(() => [String], {
    description:
      "Commits of this history that GitHub does not tell, however it is asked; at most a hundred. Everything else is stored and followed, and they are asked for again and again.",
  })
  untoldOids!: readonly string[];

  @Field(() => String, {
    nullable: true,
    description: "Why the latest verification could not be carried through.",
  })
  error!: string | null;
}

@InputType({ description: "Which repositories; everything given must hold." })
export class RepositoryFilter {
  @Field(() => [RepositoryStateEnum], { nullable: true, description: "In one of these states." })
  states?: RepositoryState[] | null;

  @Field(() => String, { nullable: true, description: "In any letter case." })
  owner?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Part of the name, without the owner, in any letter case.",
  })
  nameContains?: string | null;
}

export const RepositoryOrderField = {
  ADDED: "ADDED",
  NAME: "NAME",
  ACTIVITY: "ACTIVITY",
} as const;
registerEnumType(RepositoryOrderField, {
  name: "RepositoryOrderField",
  description: "What repositories are ordered by.",
  valuesConfig: {
    ADDED: { description: "When they were added." },
    NAME: { description: "`owner/name`, in lower case." },
    ACTIVITY: { description: "The newest commit; when it was added, where there is none." },
  },
});

@InputType({ description: "Default: in the order they were added." })
export class RepositoryOrder {
  @Field(() => RepositoryOrderField, { defaultValue: "ADDED", description: "By what." })
  field!: keyof typeof RepositoryOrderField;

  @Field(() => OrderDirection, { defaultValue: "ASC", description: "Which end first." })
  direction!: keyof typeof OrderDirection;
}

@ArgsType()
export class RepositoryPageArguments extends PageArguments {
  @Field(() => RepositoryFilter, { nullable: true, description: "Absent: all." })
  filter?: RepositoryFilter | null;

  @Field(() => RepositoryOrder, { nullable: true, description: "Absent: as they were added." })
  orderBy?: RepositoryOrder | null;
}

@ObjectType({ simpleResolvers: true, description: "What is tracked now." })
export class AddRepositoryPayload {
  @Field(() => RepositoryType, { description: "As it is now: `PENDING` when it is new." })
  repository!: RepositoryType;

  @Field(() => Boolean, { description: "False when it was tracked already." })
  created!: boolean;
}

import { INGEST_KINDS } from "../../../domain/feed-event.js";
import { CommitType } from "../commits/commit.type.js";
import { GraphQLDateTime } from "../date-time.js";
import { RepositoryType } from "../repositories/repository.type.js";
import { Field, ObjectType, registerEnumType } from "../type-graphql.js";

const EVENT_KINDS = [...INGEST_KINDS, "BOOKMARK"] as const;
type EventKind = (typeof EVENT_KINDS)[number];
export const IngestKindEnum = Object.fromEntries(EVENT_KINDS.map((kind) => [kind, kind])) as Record<
  EventKind,
  EventKind
>;
registerEnumType(IngestKindEnum, {
  name: "IngestKind",
  description: "Why commits were stored.",
  valuesConfig: {
    LIVE: { description: "Pushed since the repository is tracked." },
    BACKFILL: { description: "Part of the history fetched when it was added." },
    BOOKMARK: {
      description:
        "None were: others' events have passed, and this moves the cursor of who asked for `bookmarks`.",
    },
  },
});

@ObjectType({ simpleResolvers: true, description: "One event: what one transaction stored." })
export class CommitsIngested {
  @Field(() => String, {
    description:
      "Decimal, below 2^53; without filters, and with a key that is not limited, it rises by exactly 1 from event to event, but for once after the database was restored.",
  })
  sequence!: string;

  @Field(() => String, { description: "Pass as `after` to go on from here." })
  cursor!: string;

  @Field(() => IngestKindEnum, { description: "Why it was stored." })
  kind!: EventKind;

  @Field(() => RepositoryType, {
    nullable: true,
    description: "Of all that this event tells; null for a `BOOKMARK`.",
  })
  repository!: RepositoryType | null;

  @Field(() => [CommitType], { description: "Stored by this event, newest first." })
  commits!: CommitType[];

  @Field(() => [String], {
    description: "Made unreachable by a rewrite of history; `commits` may be empty then.",
  })
  orphanedOids!: string[];

  @Field(() => [String], { description: "Announced and orphaned earlier, reachable again." })
  restoredOids!: string[];

  @Field(() => String, {
    nullable: true,
    description:
      "The head at which the repository is complete now; null while its first history is fetched.",
  })
  headOid!: string | null;

  @Field(() => GraphQLDateTime, { description: "When it was stored." })
  ingestedAt!: Date;
}

@ObjectType({ simpleResolvers: true, description: "The feed's ends." })
export class FeedStatus {
  @Field(() => String, {
    description:
      "Of the newest event, decimal; `0` before the first. Just after a restore that of none yet, where the feed goes on.",
  })
  sequence!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Of the oldest event still kept; null when there is none. A cursor from before it is refused.",
  })
  oldestSequence!: string | null;
}

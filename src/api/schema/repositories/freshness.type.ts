import { STALE_REASONS, type StaleReason } from "../../../domain/freshness.js";
import { GraphQLDateTime } from "../date-time.js";
import { Field, Int, ObjectType, registerEnumType } from "../type-graphql.js";

const StaleReasonEnum = Object.fromEntries(
  STALE_REASONS.map((reason) => [reason, reason]),
) as Record<StaleReason, StaleReason>;
registerEnumType(StaleReasonEnum, {
  name: "StaleReason",
  description: "Why what is stored may not be what GitHub has.",
  valuesConfig: {
    FIRST_HISTORY: { description: "Its first history is not complete." },
    FETCHING: { description: "What was pushed is being fetched." },
    CHECK_FAILED: { description: "The last attempt failed; `lastError` says why." },
    OVERDUE: { description: "Its next check is late: others go first, or GitHub said to wait." },
    PAUSED: { description: "It is not checked until it is resumed." },
    UNAVAILABLE: { description: "GitHub does not show it; `lastError` says why." },
    GIVEN_UP: { description: "It was given up for now; `lastError` says why." },
    REMOVED: { description: "It is not tracked any more." },
  },
});

@ObjectType("Freshness", {
  simpleResolvers: true,
  description: "How far what is stored of a repository is behind GitHub, as far as that is known.",
})
export class FreshnessType {
  @Field(() => Boolean, {
    description: "All that GitHub had at `headCheckedAt` is stored, and no check is late.",
  })
  isFresh!: boolean;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "When GitHub last told its head, or that nothing was pushed since; null before the first time.",
  })
  headCheckedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When GitHub is asked again; null while nothing is due.",
  })
  nextCheckAt!: Date | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "What is stored is behind by so much at most: seconds since `headCheckedAt`, and while a push is being fetched, since that. Null before the first history is complete.",
  })
  lagSeconds!: number | null;

  @Field(() => StaleReasonEnum, { nullable: true, description: "Null while it is fresh." })
  reason!: StaleReason | null;
}

import type { LimitKind } from "../../../domain/rate-account.js";
import { GraphQLDateTime } from "../date-time.js";
import { Field, Int, ObjectType, registerEnumType } from "../type-graphql.js";

/** Its values are the kinds of limits. */
const RateLimitKind = { PRIMARY: "primary", SECONDARY: "secondary" } as const satisfies {
  [Kind in LimitKind as Uppercase<Kind>]: Kind;
};
registerEnumType(RateLimitKind, {
  name: "RateLimitKind",
  description: "GitHub's limits.",
  valuesConfig: {
    PRIMARY: { description: "The hour's points." },
    SECONDARY: { description: "Too much at once." },
  },
});

@ObjectType("RateBudget", {
  simpleResolvers: true,
  description: "What one GitHub user, with all their tokens, may still ask of GitHub.",
})
export class RateBudgetType {
  @Field(() => String, { description: "The user's login at GitHub." })
  login!: string;

  @Field(() => Int, { description: "Points an hour." })
  limit!: number;

  @Field(() => Int, { description: "Points left of this hour, as GitHub last said." })
  remaining!: number;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When `remaining` is `limit` again; null: the hour begins with the next request.",
  })
  resetAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "GitHub said to wait: nothing is asked for this user before; null: it did not.",
  })
  pausedUntil!: Date | null;

  @Field(() => RateLimitKind, { nullable: true, description: "Which limit the pause is for." })
  pauseReason!: LimitKind | null;

  @Field(() => Int, { description: "Points spent in this hour on checks and on new commits." })
  spentLive!: number;

  @Field(() => Int, { description: "Points spent in this hour on first histories." })
  spentBackfill!: number;
}

// Before the first decorator: connection.type.ts brings it to those types that import it.
import "reflect-metadata";
import { Field, Int, ObjectType } from "type-graphql";
import { GraphQLDateTime } from "../date-time.js";

@ObjectType("RateBudget", {
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

  @Field(() => String, {
    nullable: true,
    description:
      "Which limit the pause is for: `primary` (the hour's points) or `secondary` (too much at once).",
  })
  pauseReason!: string | null;

  @Field(() => Int, { description: "Points spent in this hour on checks and on new commits." })
  spentLive!: number;

  @Field(() => Int, { description: "Points spent in this hour on first histories." })
  spentBackfill!: number;
}

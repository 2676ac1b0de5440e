import { connectionTypes } from "../../paging/connection.type.js";
import { GraphQLDateTime } from "../date-time.js";
import { Field, Int, ObjectType } from "../type-graphql.js";

@ObjectType("HistoryRewrite", {
  simpleResolvers: true,
  description:
    "A force push, or another default branch: a head that no longer leads to the one before.",
})
export class HistoryRewriteType {
  @Field(() => String, { description: "The head that was left behind." })
  beforeOid!: string;

  @Field(() => String, { description: "The head that took its place." })
  afterOid!: string;

  @Field(() => Int, { description: "Commits that became unreachable by it." })
  orphanedCount!: number;

  @Field(() => Int, { description: "Earlier orphans that became reachable again by it." })
  restoredCount!: number;

  @Field(() => GraphQLDateTime, { description: "When it was noticed." })
  detectedAt!: Date;
}

export const HistoryRewriteConnection = connectionTypes("HistoryRewrite", () => HistoryRewriteType);

import { Field, ID, Int, ObjectType } from "type-graphql";
import { connectionTypes } from "../../paging/connection.type.js";
import { GraphQLDateTime } from "../date-time.js";
import { RepositoryType } from "./repository.type.js";

@ObjectType("HistoryRewrite", {
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

@ObjectType({ description: "What a reset did." })
export class ResetCommitsPayload {
  @Field(() => RepositoryType, { description: "As it is afterwards." })
  repository!: RepositoryType;

  @Field(() => Int, { description: "Commits deleted, with `dryRun` those that would be." })
  deletedCount!: number;
}

@ObjectType({ description: "What was removed." })
export class RemoveRepositoryPayload {
  @Field(() => ID, { description: "Its id; no other repository gets it." })
  id!: string;

  @Field(() => String, { description: "Its last name; free to be added again." })
  nameWithOwner!: string;

  @Field(() => Int, { description: "Commits deleted with it." })
  deletedCount!: number;
}

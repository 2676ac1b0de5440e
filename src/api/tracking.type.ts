import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, Int, ObjectType } from "type-graphql";
import { connectionTypes } from "./connection.type.js";
import { RepositoryType } from "./repository.type.js";

@ObjectType("HistoryRewrite", {
  description:
    "A force push, or another default branch: a head that no longer leads to the one before.",
})
export class HistoryRewriteType {
  @Field(() => String, { description: "The head that was left behind." })
  beforeOid!: string;

  @Field(() => String)
  afterOid!: string;

  @Field(() => Int, { description: "Commits that became unreachable by it." })
  orphanedCount!: number;

  @Field(() => Int, { description: "Earlier orphans that became reachable again by it." })
  restoredCount!: number;

  @Field(() => GraphQLDateTime)
  detectedAt!: Date;
}

export const HistoryRewriteConnection = connectionTypes("HistoryRewrite", () => HistoryRewriteType);

@ObjectType()
export class ResetCommitsPayload {
  @Field(() => RepositoryType)
  repository!: RepositoryType;

  @Field(() => Int, { description: "Commits deleted, with `dryRun` those that would be." })
  deletedCount!: number;
}

@ObjectType()
export class RemoveRepositoryPayload {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  nameWithOwner!: string;

  @Field(() => Int, { description: "Commits deleted with it." })
  deletedCount!: number;
}

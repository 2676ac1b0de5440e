import { Field, Int, ObjectType } from "type-graphql";
import { CommitType } from "./commit.type.js";

@ObjectType({ description: "A commit that was waited for." })
export class AwaitCommitPayload {
  @Field(() => CommitType, { description: "It is stored." })
  commit!: CommitType;

  @Field(() => Int, { description: "How long it took, in milliseconds." })
  waitedMs!: number;
}

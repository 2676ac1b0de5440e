import { RepositoryType } from "../repositories/repository.type.js";
import { Field, Int, ObjectType } from "../type-graphql.js";
import { CommitType } from "./commit.type.js";

@ObjectType({ simpleResolvers: true, description: "A commit that was waited for." })
export class AwaitCommitPayload {
  @Field(() => RepositoryType, { description: "As it is with it." })
  repository!: RepositoryType;

  @Field(() => CommitType, { description: "It is stored." })
  commit!: CommitType;

  @Field(() => Int, { description: "How long it took, in milliseconds." })
  waitedMs!: number;
}

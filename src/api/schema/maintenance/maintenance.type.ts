import { GraphQLJSONObject } from "graphql-scalars";
import { Field, ID, Int, ObjectType } from "type-graphql";
import { connectionTypes } from "../../paging/connection.type.js";
import { GraphQLDateTime } from "../date-time.js";
import { RepositoryType } from "../repositories/repository.type.js";

@ObjectType("FailedTask", {
  description:
    "Work on a repository that was given up after many failures. It is tried again once a day, or when told to.",
})
export class FailedTaskType {
  @Field(() => ID, { description: "For `retryTask` and `discardTask`." })
  id!: string;

  @Field(() => RepositoryType, { description: "What it was about; in state `FAILED`." })
  repository!: RepositoryType;

  @Field(() => Int, { description: "Failures in a row." })
  attempts!: number;

  @Field(() => String, { nullable: true, description: "Why the first of them failed." })
  firstError!: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When the first of them failed." })
  firstFailedAt!: Date | null;

  @Field(() => String, { nullable: true, description: "Why the latest failed." })
  lastError!: string | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When the latest failed." })
  lastFailedAt!: Date | null;

  @Field(() => GraphQLDateTime, { description: "When it is tried again without being told to." })
  nextAttemptAt!: Date;

  @Field(() => GraphQLJSONObject, {
    description:
      "Facts about the latest failure: `task`, `code`, how many repositories were in the request (`batch`), which `page` of a history, GitHub's `requestId`.",
  })
  context!: Record<string, unknown>;
}

export const FailedTaskConnection = connectionTypes("FailedTask", () => FailedTaskType);

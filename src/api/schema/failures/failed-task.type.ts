import { GraphQLJSONObject } from "graphql-scalars";
import type { ErrorCode } from "../../../domain/errors.js";
import { connectionTypes } from "../../paging/connection.type.js";
import { GraphQLDateTime } from "../date-time.js";
import { ErrorCodeEnum } from "../error-code.type.js";
import { Node } from "../node/node.type.js";
import { RepositoryType } from "../repositories/repository.type.js";
import { changePayload } from "../repositories/repository-payloads.type.js";
import { Field, ID, Int, ObjectType, registerEnumType } from "../type-graphql.js";

/** Its values are the kinds of work. */
export const TaskKind = { CHECK: "check", PULL: "pull", BACKFILL: "backfill" } as const;
registerEnumType(TaskKind, {
  name: "TaskKind",
  description: "What work on a repository is for.",
  valuesConfig: {
    CHECK: { description: "To see what is new on GitHub." },
    PULL: { description: "To fetch what was pushed." },
    BACKFILL: { description: "To fetch a first history." },
  },
});

@ObjectType("FailedTask", {
  simpleResolvers: true,
  implements: Node,
  description:
    "Work on a repository that was given up after many failures. It is tried again once a day, or when told to.",
})
export class FailedTaskType implements Node {
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

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it is tried again without being told to; null while nothing is due.",
  })
  nextAttemptAt!: Date | null;

  @Field(() => TaskKind, {
    nullable: true,
    description: "What the latest failure was of; null where that is not known.",
  })
  kind!: (typeof TaskKind)[keyof typeof TaskKind] | null;

  @Field(() => ErrorCodeEnum, {
    nullable: true,
    description: "Why the latest failed; null where no worker survived it.",
  })
  code!: ErrorCode | null;

  @Field(() => Int, {
    nullable: true,
    description: "How many repositories were in the request; null where none was sent.",
  })
  batchSize!: number | null;

  @Field(() => Int, { nullable: true, description: "Which page of a history it was." })
  page!: number | null;

  @Field(() => String, { nullable: true, description: "GitHub's, of its answer." })
  requestId!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "How many times it was begun, where no worker survived it.",
  })
  deliveries!: number | null;

  @Field(() => GraphQLJSONObject, {
    description: "Facts about the latest failure.",
    deprecationReason: "They have fields of their own: `kind`, `code`, `batchSize` and the rest.",
  })
  context!: Readonly<Record<string, unknown>>;
}

export const FailedTaskConnection = connectionTypes("FailedTask", () => FailedTaskType);

export const RetryTaskPayload = changePayload(
  "RetryTaskPayload",
  "What was to be tried again.",
  "False when it was not given up: it stays as it is.",
);

export const DiscardTaskPayload = changePayload(
  "DiscardTaskPayload",
  "What was to be taken off the list.",
  "False when it was not given up: it stays as it is.",
);

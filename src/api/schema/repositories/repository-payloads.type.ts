import type { ErrorCode } from "../../../domain/errors.js";
import { ErrorCodeEnum } from "../error-code.type.js";
import { Extensions, Field, ID, Int, ObjectType } from "../type-graphql.js";
import { RepositoryType } from "./repository.type.js";

/** In one call: as many as one check takes. */
export const URLS_MAX = 100;

@ObjectType({ simpleResolvers: true, description: "What is tracked now." })
export class AddRepositoryPayload {
  @Field(() => RepositoryType, { description: "As it is now: `PENDING` when it is new." })
  repository!: RepositoryType;

  @Field(() => Boolean, { description: "False when it was tracked already." })
  created!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "Why one address could not be added." })
export class AddRepositoriesError {
  @Field(() => ErrorCodeEnum, {
    description: "As in `extensions.code`: `BAD_USER_INPUT` for what names no repository.",
  })
  code!: ErrorCode;

  @Field(() => String, { description: "For people." })
  message!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: "What became of one address: a repository, or an error.",
})
export class AddRepositoriesResult {
  @Field(() => String, {
    description:
      "The address as it was given, without its user and what follows `?` or `#`: both may hold secrets.",
  })
  url!: string;

  @Field(() => RepositoryType, {
    nullable: true,
    description: "As it is now: `PENDING` when it is new. Null where there is an error.",
  })
  repository!: RepositoryType | null;

  @Field(() => Boolean, {
    description: "False when it was tracked already, was named before in this call, or failed.",
  })
  created!: boolean;

  @Field(() => AddRepositoriesError, {
    nullable: true,
    description: "Null where it was added or tracked already.",
  })
  error!: AddRepositoriesError | null;
}

@ObjectType({ simpleResolvers: true, description: "What became of each address." })
export class AddRepositoriesPayload {
  @Extensions({ listSize: URLS_MAX })
  @Field(() => [AddRepositoriesResult], { description: "One for each address, in their order." })
  results!: AddRepositoriesResult[];

  @Field(() => Int, { description: "Of these, repositories that were not tracked before." })
  createdCount!: number;

  @Field(() => Int, { description: "Of these, addresses that could not be added." })
  failedCount!: number;
}

/** Of a mutation that changes one repository, or has nothing to change. */
export function changePayload(name: string, description: string, unchanged: string) {
  @ObjectType(name, { simpleResolvers: true, description })
  class Payload {
    @Field(() => RepositoryType, { description: "As it is now." })
    repository!: RepositoryType;

    @Field(() => Boolean, { description: unchanged })
    changed!: boolean;
  }
  return Payload;
}

export const PauseRepositoryPayload = changePayload(
  "PauseRepositoryPayload",
  "What is paused now.",
  "False when it was paused already.",
);

export const ResumeRepositoryPayload = changePayload(
  "ResumeRepositoryPayload",
  "What was to be resumed.",
  "False when it was not paused: it stays as it is.",
);

@ObjectType({ simpleResolvers: true, description: "What was to be refreshed." })
export class RefreshRepositoryPayload {
  @Field(() => RepositoryType, { description: "As it is now, before GitHub has answered." })
  repository!: RepositoryType;

  @Field(() => Boolean, {
    description: "GitHub is asked now. False for one that is paused or given up.",
  })
  requested!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "What was to be verified." })
export class VerifyRepositoryPayload {
  @Field(() => RepositoryType, { description: "As it is now; see its `completeness`." })
  repository!: RepositoryType;

  @Field(() => Boolean, {
    description:
      "A verification is waiting or running. False where there can be none now; `completeness.error` says why.",
  })
  started!: boolean;
}

@ObjectType({ simpleResolvers: true, description: "What a reset did." })
export class ResetCommitsPayload {
  @Field(() => RepositoryType, { description: "As it is afterwards." })
  repository!: RepositoryType;

  @Field(() => Int, { description: "Commits deleted, with `dryRun` those that would be." })
  deletedCount!: number;
}

@ObjectType({ simpleResolvers: true, description: "What was removed." })
export class RemoveRepositoryPayload {
  @Field(() => RepositoryType, {
    description: "In state `REMOVED`, without commits; no other repository gets its id.",
  })
  repository!: RepositoryType;

  @Field(() => Int, { description: "Commits deleted with it." })
  deletedCount!: number;

  @Field(() => String, { description: "Its last name; free to be added again." })
  nameWithOwner!: string;

  @Field(() => ID, {
    description: "Of this answer.",
    deprecationReason: "An answer needs none; the repository's is `repository.id`.",
  })
  id!: string;
}

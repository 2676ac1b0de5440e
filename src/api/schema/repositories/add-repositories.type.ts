import { Field, ObjectType } from "type-graphql";
import { RepositoryType } from "./repository.type.js";

@ObjectType({ description: "Why one address could not be added." })
export class AddRepositoriesError {
  @Field(() => String, {
    description: "Stable, as `extensions.code` is: `BAD_USER_INPUT` for what names no repository.",
  })
  code!: string;

  @Field(() => String, { description: "For people." })
  message!: string;
}

@ObjectType({ description: "What became of one address: a repository, or an error." })
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

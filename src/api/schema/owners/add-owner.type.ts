import { GraphQLDateTime } from "../date-time.js";
import { RepositoryType } from "../repositories/repository.type.js";
import { Extensions, Field, ID, Int, ObjectType } from "../type-graphql.js";

/** So many are shown; the counts are of all. */
const SHOWN_MAX = 1_000;

@ObjectType({ description: "One repository of an owner, as it was when it was listed." })
export class OwnerRepository {
  @Field(() => String, { description: "`owner/name`, as GitHub writes it." })
  nameWithOwner!: string;

  @Field(() => Boolean, { description: "A fork of another repository." })
  isFork!: boolean;

  @Field(() => Boolean, { description: "Read-only on GitHub." })
  isArchived!: boolean;

  @Field(() => Boolean, { description: "Not public on GitHub." })
  isPrivate!: boolean;

  @Field(() => Boolean, { description: "It was tracked already." })
  isTracked!: boolean;

  @Field(() => ID, {
    nullable: true,
    description: "Its id here; null where a dry run found one that is not tracked.",
  })
  repositoryId!: string | null;

  @Field(() => RepositoryType, {
    nullable: true,
    description: "As it is here now; null where a dry run found one that is not tracked.",
  })
  repository!: RepositoryType | null;

  @Field(() => Int, {
    description: "Its part of the payload's `estimatedPoints`; 0 when it was tracked already.",
  })
  estimatedPoints!: number;
}

@ObjectType({ description: "What is known of an owner's repositories so far." })
export class AddOwnerPayload {
  @Field(() => ID, { description: "Of this listing: the same as long as it goes on." })
  id!: string;

  @Field(() => String, { description: "The owner, as GitHub writes it once it has answered." })
  login!: string;

  @Field(() => Boolean, {
    description:
      "False: GitHub is still being asked, and the figures are those so far. Send the same mutation again to go on waiting.",
  })
  isFinished!: boolean;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description:
      "When it is looked at again should nothing happen before; later where GitHub said to wait. Null when it is finished.",
  })
  nextAttemptAt!: Date | null;

  @Field(() => Int, {
    nullable: true,
    description: "Repositories in all, by GitHub's count; null before its first answer.",
  })
  totalCount!: number | null;

  @Field(() => Int, { description: "Repositories listed so far." })
  listedCount!: number;

  @Field(() => Int, { description: "Of these, added; with `dryRun` those that would be." })
  addedCount!: number;

  @Field(() => Int, {
    description: "Counted by GitHub and not shown to the token, for its organisation's policy.",
  })
  hiddenCount!: number;

  @Field(() => Int, {
    description:
      "Points of GitHub's budget that the first histories of what is added may cost, right to an order of magnitude: one for each hundred commits and one at least for each repository, the commits guessed from its size at 5 KiB each. Counting them would cost GitHub more than fetching most of them.",
  })
  estimatedPoints!: number;

  @Extensions({ listSize: SHOWN_MAX })
  @Field(() => [OwnerRepository], {
    description: "The first thousand, in the order in which they were made; the counts are of all.",
  })
  repositories!: OwnerRepository[];
}

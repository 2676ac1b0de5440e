import { GraphQLDateTime } from "../date-time.js";
import { Field, Int, ObjectType } from "../type-graphql.js";

@ObjectType("Completeness", {
  simpleResolvers: true,
  description:
    "Whether every commit is stored. No stored commit has a parent that is neither stored nor waiting to be fetched; a verification holds that against GitHub.",
})
export class CompletenessType {
  @Field(() => Boolean, {
    description:
      "Nothing is left to fetch at `headOid`, nothing is untold, and GitHub's count there, where it is known, is ours.",
  })
  complete!: boolean;

  @Field(() => Int, { description: "Reachable commits stored now." })
  storedCount!: number;

  @Field(() => Int, {
    nullable: true,
    description:
      "Commits that GitHub counted at `checkedOid`. Null before that, and with `trackFrom`: GitHub counts older ones too.",
  })
  githubCount!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "While a first history of more than a page is being fetched: commits that GitHub counted in it. Null where that is not known, and with `trackFrom`.",
  })
  expectedCount!: number | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When the latest verification ended; null before the first, and while one runs.",
  })
  checkedAt!: Date | null;

  @Field(() => String, { nullable: true, description: "The head that was verified." })
  checkedOid!: string | null;

  @Field(() => Boolean, { description: "A verification is waiting or running." })
  isChecking!: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether GitHub's history was listed again, oid by oid. Null before the first.",
  })
  isDeep!: boolean | null;

  @Field(() => Int, { description: "Deep: commits that GitHub has listed so far." })
  listedCount!: number;

  @Field(() => Int, {
    description: "Deep: listed commits that were not stored; they are being fetched.",
  })
  missingCount!: number;

  @Field(() => Int, {
    description: "Stored commits that contradicted each other; they were put right.",
  })
  faultCount!: number;

  @Field(() => [String], {
    description:
      "Commits of this history that GitHub does not tell, however it is asked; at most a hundred. Everything else is stored and followed, and they are asked for again and again.",
  })
  untoldOids!: readonly string[];

  @Field(() => String, {
    nullable: true,
    description: "Why the latest verification could not be carried through.",
  })
  error!: string | null;
}

import type { ShownState } from "../../../domain/repository.js";
import { PageArguments } from "../../paging/connection.type.js";
import { OrderDirection } from "../commits/commit.type.js";
import { ArgsType, Field, InputType, registerEnumType } from "../type-graphql.js";
import { RepositoryStateEnum } from "./repository-state.type.js";

@InputType({ description: "Which repositories; everything given must hold." })
export class RepositoryFilter {
  @Field(() => [RepositoryStateEnum], { nullable: true, description: "In one of these states." })
  states?: ShownState[] | null;

  @Field(() => String, { nullable: true, description: "In any letter case." })
  owner?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Part of the name, without the owner, in any letter case.",
  })
  nameContains?: string | null;
}

export const RepositoryOrderField = {
  ADDED: "ADDED",
  NAME: "NAME",
  ACTIVITY: "ACTIVITY",
} as const;
registerEnumType(RepositoryOrderField, {
  name: "RepositoryOrderField",
  description: "What repositories are ordered by.",
  valuesConfig: {
    ADDED: { description: "When they were added." },
    NAME: { description: "`owner/name`, in lower case." },
    ACTIVITY: { description: "The newest commit; when it was added, where there is none." },
  },
});

@InputType({ description: "Default: in the order they were added." })
export class RepositoryOrder {
  @Field(() => RepositoryOrderField, { defaultValue: "ADDED", description: "By what." })
  field!: keyof typeof RepositoryOrderField;

  @Field(() => OrderDirection, { defaultValue: "ASC", description: "Which end first." })
  direction!: keyof typeof OrderDirection;
}

@ArgsType()
export class RepositoryPageArguments extends PageArguments {
  @Field(() => RepositoryFilter, { nullable: true, description: "Absent: all." })
  filter?: RepositoryFilter | null;

  @Field(() => RepositoryOrder, { nullable: true, description: "Absent: as they were added." })
  orderBy?: RepositoryOrder | null;
}

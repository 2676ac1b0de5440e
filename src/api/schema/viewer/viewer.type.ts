import type { ApiRole } from "../../../domain/api-key.js";
import { Field, ObjectType, registerEnumType } from "../type-graphql.js";

/** Its values are the roles of keys. */
export const ApiRoleEnum = {
  READER: "READER",
  OPERATOR: "OPERATOR",
  WRITER: "WRITER",
} as const satisfies { [Role in ApiRole]: Role };
registerEnumType(ApiRoleEnum, {
  name: "ApiRole",
  description: "What a key may do; each may do what those before it may.",
  valuesConfig: {
    READER: { description: "Queries, subscribes, and waits for commits." },
    OPERATOR: { description: "Adds repositories, and has the tracker work on them." },
    WRITER: { description: "Takes away what is stored, too." },
  },
});

@ObjectType("Viewer", { simpleResolvers: true, description: "Who asks, and what they may do." })
export class ViewerType {
  @Field(() => ApiRoleEnum, { description: "Of the key; a writer's where no key is needed." })
  role!: ApiRole;

  @Field(() => Boolean, { description: "False where no key is needed." })
  hasKey!: boolean;

  @Field(() => Boolean, { description: "The key is limited to some repositories." })
  isLimited!: boolean;
}

import type { ApiKey, ApiRole } from "../../../domain/api-key.js";
import { GraphQLDateTime } from "../date-time.js";
import { Field, Int, ObjectType } from "../type-graphql.js";
import { ApiRoleEnum } from "../viewer/viewer.type.js";

@ObjectType("ApiKey", {
  simpleResolvers: true,
  description: "A key of this API: all but its secret, which nobody knows but who has it.",
})
export class ApiKeyType {
  @Field(() => Int, { description: "For `revokeApiKey`, and for `tracker keys revoke`." })
  number!: number;

  @Field(() => String, { description: "For people; not unique." })
  name!: string;

  @Field(() => ApiRoleEnum, { description: "What it may do." })
  role!: ApiRole;

  @Field(() => [String], {
    description: "What it is limited to: `owner/name` or `owner/*`; `*/*`: nothing.",
  })
  repositories!: readonly string[];

  @Field(() => String, { description: "How its secret begins." })
  prefix!: string;

  @Field(() => GraphQLDateTime, { description: "When it was made." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "When it was last used, to a minute; null: never.",
  })
  lastUsedAt!: Date | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: "Nothing is let in with it from then on; null: it can be used.",
  })
  revokedAt!: Date | null;
}

export const showApiKey = ({ id, ...key }: ApiKey): ApiKeyType => ({ number: id, ...key });

@ObjectType("RevokeApiKeyPayload", { simpleResolvers: true, description: "What was revoked." })
export class RevokeApiKeyPayload {
  @Field(() => ApiKeyType, { description: "As it is now." })
  apiKey!: ApiKeyType;

  @Field(() => Boolean, { description: "False when it was revoked already: it stays as it is." })
  changed!: boolean;
}

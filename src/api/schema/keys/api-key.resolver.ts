import { TrackerError } from "../../../domain/errors.js";
import type { ApiDependencies } from "../../dependencies.js";
import { Arg, Int, Mutation, Query, Resolver } from "../type-graphql.js";
import { ApiKeyType, RevokeApiKeyPayload, showApiKey } from "./api-key.type.js";

/** Keys are made by the command line alone: no secret ever passes through here. */
@Resolver(() => ApiKeyType)
export class ApiKeyResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => [ApiKeyType], {
    description:
      "All keys there have been, the oldest first. Takes a writer's key that is not limited to some repositories.",
  })
  async apiKeys(): Promise<ApiKeyType[]> {
    return (await this.api.apiKeys.list()).map(showApiKey);
  }

  @Mutation(() => RevokeApiKeyPayload, {
    description:
      "Lets nothing in with a key any more, within seconds, and ends what it has open. One that is revoked already stays as it is. Takes a key that is not limited to some repositories.",
  })
  async revokeApiKey(
    @Arg("number", () => Int, { description: "Of the key." }) number: number,
  ): Promise<RevokeApiKeyPayload> {
    const revoked = await this.api.apiKeys.revoke(number);
    if (revoked === null) throw new TrackerError("NOT_FOUND", `There is no key ${number}.`);
    return { apiKey: showApiKey(revoked.key), changed: revoked.changed };
  }
}

import type { ApiDependencies } from "../../dependencies.js";
import { Query, Resolver } from "../type-graphql.js";
import { SystemStatusType } from "./system.type.js";

@Resolver(() => SystemStatusType)
export class SystemResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => SystemStatusType, { description: "Version, queues and replicas." })
  async system(): Promise<SystemStatusType> {
    return await this.api.readSystem();
  }
}

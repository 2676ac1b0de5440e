import type { CallerContext } from "../../access/guard-schema.js";
import { Ctx, Query, Resolver } from "../type-graphql.js";
import { ViewerType } from "./viewer.type.js";

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Query(() => ViewerType, {
    description: "Who asks: so that a front end offers nothing that is refused.",
  })
  viewer(@Ctx() { caller: { role, keyId, scope } }: CallerContext): ViewerType {
    return { role, hasKey: keyId !== null, isLimited: scope !== null };
  }
}

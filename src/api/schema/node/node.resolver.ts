import { TrackerError } from "../../../domain/errors.js";
import type { ApiDependencies } from "../../dependencies.js";
import { PAGE_SIZE_MAX } from "../../paging/connection.type.js";
import { Arg, Extensions, ID, Query, Resolver } from "../type-graphql.js";
import { type FoundNode, findNodes } from "./find-nodes.js";
import { Node } from "./node.type.js";

@Resolver(() => Node)
export class NodeResolver {
  constructor(private readonly api: ApiDependencies) {}

  @Query(() => Node, {
    nullable: true,
    description: "A repository, a commit or a failed task by its id; null when there is none.",
  })
  async node(
    @Arg("id", () => ID, { description: "As a field `id` of one gives it." }) id: string,
  ): Promise<FoundNode | null> {
    const [found] = await findNodes(this.api.database, [id]);
    return found ?? null;
  }

  @Query(() => [Node], {
    nullable: "items",
    description: "The same for several, in the order of their ids; null where there is none.",
  })
  @Extensions({ listSize: PAGE_SIZE_MAX, sizedBy: "ids" })
  async nodes(
    @Arg("ids", () => [ID], {
      description: `At most ${PAGE_SIZE_MAX}; the same one may come again.`,
    })
    ids: string[],
  ): Promise<(FoundNode | null)[]> {
    if (ids.length <= PAGE_SIZE_MAX) return await findNodes(this.api.database, ids);
    const message = `\`ids\` holds ${ids.length} ids; at most ${PAGE_SIZE_MAX} are taken at once.`;
    throw new TrackerError("BAD_USER_INPUT", message, { field: "ids" });
  }
}

import { ArgsType, type ClassType, Field, Int, ObjectType } from "../schema/type-graphql.js";

export const PAGE_SIZE_MAX = 100;
export const PAGE_SIZE_DEFAULT = 20;

/** What every list takes (https://relay.dev/graphql/connections.htm#sec-Arguments). */
@ArgsType()
export class PageArguments {
  @Field(() => Int, {
    nullable: true,
    description: `1 to ${PAGE_SIZE_MAX}, from the beginning; ${PAGE_SIZE_DEFAULT} when neither this nor \`last\` is given.`,
  })
  first?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "A cursor of this list, to begin after it; absent: at its beginning.",
  })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: `1 to ${PAGE_SIZE_MAX}, from the end, in the same order; not together with \`first\`.`,
  })
  last?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "A cursor of this list, to end before it; absent: at its end.",
  })
  before?: string | null;
}

@ObjectType({
  simpleResolvers: true,
  description: "Where a page stands (https://relay.dev/graphql/connections.htm).",
})
export class PageInfo {
  @Field(() => Boolean, { description: "Whether there is a page after this one." })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether there is a page before this one." })
  hasPreviousPage!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Cursor of the first item here; pass as `before` for the page before.",
  })
  startCursor!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Cursor of the last item here; pass as `after` for the next page.",
  })
  endCursor!: string | null;
}

/** The GraphQL types of a connection over a node type. */
export function connectionTypes<Node extends object>(name: string, node: () => ClassType<Node>) {
  @ObjectType(`${name}Edge`, { simpleResolvers: true, description: "An item and its place." })
  class Edge {
    @Field(node, { description: "The item." })
    node!: Node;

    @Field(() => String, {
      description: "Pass as `after` for what follows this item, as `before` for what precedes it.",
    })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true, description: "One page of a list." })
  class ConnectionType {
    @Field(() => [Edge], { description: "The items with their cursors." })
    edges!: Edge[];

    @Field(() => [node()], { description: "The items without their cursors." })
    nodes!: Node[];

    @Field(() => PageInfo, { description: "Whether there is more, and from where." })
    pageInfo!: PageInfo;

    @Field(() => Int, {
      simple: false,
      description:
        "Items in all, with the same filter. Where no counter says it, it is counted up to a bound: 10,000 commits, 100,000 of anything else; see `totalCountIsExact`.",
    })
    totalCount!: number;

    @Field(() => Boolean, {
      simple: false,
      description: "False where counting stopped: there are at least `totalCount` items then.",
    })
    totalCountIsExact!: boolean;
  }
  return ConnectionType;
}

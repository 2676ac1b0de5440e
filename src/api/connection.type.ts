// type-graphql wants the metadata API before its first decorator; every other type imports this file.
import "reflect-metadata";
import { type ClassType, Field, Int, ObjectType } from "type-graphql";
import { TrackerError } from "../domain/errors.js";

export const PAGE_SIZE_MAX = 100;
export const PAGE_SIZE_DEFAULT = 20;
/** Describes every list's `after`. */
export const AFTER = "An `endCursor` of this list, to go on after it; absent: from its beginning.";

@ObjectType({ description: "Where a page stands (https://relay.dev/graphql/connections.htm)." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether there is a page after this one." })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether there is a page before this one." })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "Cursor of the first item here." })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "Pass as `after` for the next page." })
  endCursor!: string | null;
}

/** One page. */
export interface Connection<Node> {
  readonly edges: readonly { readonly node: Node; readonly cursor: string }[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
  /** Counted only when read, which is when a client asks for it. */
  readonly totalCount: Promise<number>;
}

/** The GraphQL types of a connection over a node type. */
export function connectionTypes<Node extends object>(name: string, node: () => ClassType<Node>) {
  @ObjectType(`${name}Edge`, { description: "An item and its place." })
  class Edge {
    @Field(node, { description: "The item." })
    node!: Node;

    @Field(() => String, { description: "Pass as `after` for what follows this item." })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, { description: "One page of a list." })
  class ConnectionType {
    @Field(() => [Edge], { description: "The items with their cursors." })
    edges!: Edge[];

    @Field(() => [node()], { description: "The items without their cursors." })
    nodes!: Node[];

    @Field(() => PageInfo, { description: "Whether there is more, and from where." })
    pageInfo!: PageInfo;

    @Field(() => Int, { description: "Items in all, with the same filter." })
    totalCount!: number;
  }
  return ConnectionType;
}

/** `first` within its bounds; `BAD_USER_INPUT` naming it otherwise. */
export function pageSize(first: number): number {
  if (first >= 1 && first <= PAGE_SIZE_MAX) return first;
  throw new TrackerError("BAD_USER_INPUT", `\`first\` must be from 1 to ${PAGE_SIZE_MAX}.`, {
    field: "first",
  });
}

/** A page from rows of which there may be one more than asked for. */
export function toConnection<Node>(
  rows: readonly Node[],
  first: number,
  hasPreviousPage: boolean,
  cursorOf: (node: Node) => string,
  count: () => Promise<number>,
): Connection<Node> {
  const nodes = rows.slice(0, first);
  const edges = nodes.map((node) => ({ node, cursor: cursorOf(node) }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    get totalCount() {
      return count();
    },
  };
}

import { TrackerError } from "../../domain/errors.js";
import {
  PAGE_SIZE_DEFAULT,
  PAGE_SIZE_MAX,
  type PageArguments,
  type PageInfo,
} from "./connection.type.js";

/** Which part of a list a client asks for. */
export interface PageRequest<Key> {
  readonly count: number;
  /** From which end of what lies between `after` and `before`. */
  readonly from: "start" | "end";
  readonly after: Key | null;
  readonly before: Key | null;
}

/** One page. */
export interface Connection<Node> {
  readonly edges: readonly { readonly node: Node; readonly cursor: string }[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
  /** Counted only when read, which is when a client asks for it. */
  readonly totalCount: Promise<number>;
  readonly totalCountIsExact: Promise<boolean>;
}

/** `BAD_USER_INPUT` naming the argument for sizes out of bounds and cursors of no such list. */
export function pageRequest<Key>(
  { first, after, last, before }: PageArguments,
  decodeKey: (cursor: string, field: string) => Key,
): PageRequest<Key> {
  if (first != null && last != null) {
    throw new TrackerError("BAD_USER_INPUT", "Give either `first` or `last`.", { field: "last" });
  }
  return {
    count: last == null ? pageSize(first ?? PAGE_SIZE_DEFAULT, "first") : pageSize(last, "last"),
    from: last == null ? "start" : "end",
    after: after == null ? null : decodeKey(after, "after"),
    before: before == null ? null : decodeKey(before, "before"),
  };
}

export function pageSize(size: number, field: string): number {
  if (size >= 1 && size <= PAGE_SIZE_MAX) return size;
  throw new TrackerError("BAD_USER_INPUT", `\`${field}\` must be from 1 to ${PAGE_SIZE_MAX}.`, {
    field,
  });
}

/** Its cursor is made when it is asked for. */
class Edge<Node> {
  constructor(
    readonly node: Node,
    private readonly cursorOf: (node: Node) => string,
  ) {}

  get cursor(): string {
    return this.cursorOf(this.node);
  }
}

/** A page from rows in the list's order, of which there may be one more than asked for. */
export function toConnection<Node>(
  rows: readonly Node[],
  { count, from, after, before }: PageRequest<unknown>,
  cursorOf: (node: Node) => string,
  countAll: () => Promise<{ count: number; isExact: boolean }>,
): Connection<Node> {
  const nodes = from === "start" ? rows.slice(0, count) : rows.slice(-count);
  const edges = nodes.map((node) => new Edge(node, cursorOf));
  const isMore = rows.length > count;
  let counted: ReturnType<typeof countAll> | undefined;
  const total = () => {
    counted ??= countAll();
    return counted;
  };
  return {
    edges,
    nodes,
    pageInfo: {
      // What a cursor names lies beyond the page, on its side.
      hasNextPage: (from === "start" && isMore) || before !== null,
      hasPreviousPage: (from === "end" && isMore) || after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    get totalCount() {
      return total().then(({ count }) => count);
    },
    get totalCountIsExact() {
      return total().then(({ isExact }) => isExact);
    },
  };
}

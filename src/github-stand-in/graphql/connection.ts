import type { GraphQLResolveInfo } from "graphql";
import { Kind } from "graphql";
import { excessivePagination, invalidCursor, missingBoundaries } from "./github-error.js";

const PAGE_SIZE_MAX = 100;

export interface PageArgs {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

export interface PageInfo {
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** GitHub's rule for every connection: `first` or `last`, at most 100. `totalCount` alone needs neither. */
export function checkPageSize({ first, last }: PageArgs, info: GraphQLResolveInfo): void {
  if (typeof first === "number") {
    if (first > PAGE_SIZE_MAX) throw excessivePagination(info.fieldName, "first", first);
  } else if (typeof last === "number") {
    if (last > PAGE_SIZE_MAX) throw excessivePagination(info.fieldName, "last", last);
  } else if (!wantsOnlyCount(info)) {
    throw missingBoundaries(info.fieldName);
  }
}

function wantsOnlyCount({ fieldNodes }: GraphQLResolveInfo): boolean {
  const selections = fieldNodes.flatMap((node) => node.selectionSet?.selections ?? []);
  return selections.every(
    (each) =>
      each.kind === Kind.FIELD &&
      (each.name.value === "totalCount" || each.name.value === "__typename"),
  );
}

/** Places `start` to `end` (exclusive) of a list whose items before `after` and from `before` on are left out. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** `total` is asked for only where the range cannot be known without it. */
export async function pageRange(
  { first, last }: PageArgs,
  afterIndex: number | null,
  beforeIndex: number | null,
  total: () => number | Promise<number>,
): Promise<Range> {
  const from = afterIndex === null ? 0 : afterIndex + 1;
  if (typeof first === "number") {
    const end = from + Math.max(0, first);
    return { start: from, end: beforeIndex === null ? end : Math.min(end, beforeIndex) };
  }
  const to = beforeIndex ?? (await total());
  return { start: Math.max(from, to - Math.max(0, last ?? 0)), end: to };
}

export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly edges: () => readonly { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: PageInfo;
  readonly totalCount: number | (() => Promise<number>);
}

interface ConnectionParts<Node> {
  readonly nodes: readonly Node[];
  readonly start: number;
  readonly hasNextPage: boolean;
  readonly cursorAt: (index: number) => string;
  readonly totalCount: number | (() => Promise<number>);
}

export function connection<Node>(parts: ConnectionParts<Node>): Connection<Node> {
  const { nodes, start, hasNextPage, cursorAt, totalCount } = parts;
  const isEmpty = nodes.length === 0;
  return {
    nodes,
    edges: () => nodes.map((node, index) => ({ cursor: cursorAt(start + index), node })),
    pageInfo: {
      startCursor: isEmpty ? null : cursorAt(start),
      endCursor: isEmpty ? null : cursorAt(start + nodes.length - 1),
      hasNextPage,
      hasPreviousPage: start > 0,
    },
    totalCount,
  };
}

/** A connection over a list that is in memory; its cursors are opaque. */
export function listConnection<Node>(
  items: readonly Node[],
  args: PageArgs,
  info: GraphQLResolveInfo,
): Connection<Node> | Promise<Connection<Node>> {
  checkPageSize(args, info);
  const slice = ({ start, end }: Range) =>
    connection({
      nodes: items.slice(start, end),
      start,
      hasNextPage: end < items.length,
      cursorAt: (index) => Buffer.from(String(index)).toString("base64"),
      totalCount: items.length,
    });
  // The common case stays synchronous: a page of commits has a hundred lists of parents.
  if (!args.after && !args.before && typeof args.first === "number") {
    return slice({ start: 0, end: args.first });
  }
  return pageRange(args, listIndex(args.after), listIndex(args.before), () => items.length).then(
    slice,
  );
}

function listIndex(cursor: string | null | undefined): number | null {
  if (!cursor) return null;
  const text = Buffer.from(cursor, "base64").toString();
  if (!/^\d{1,9}$/.test(text)) throw invalidCursor(cursor);
  return Number(text);
}

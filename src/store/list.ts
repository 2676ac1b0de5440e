import { databaseError } from "../postgres/database-error.js";

/** A part of a list whose order is that of its rows' ids, without its ends. */
export interface IdPage {
  /** One more is read, if there are more. */
  readonly count: number;
  readonly from: "start" | "end";
  readonly after: number | null;
  readonly before: number | null;
}

/** How many there are; when `isExact` is false, at least as many. */
export interface BoundedCount {
  readonly count: number;
  readonly isExact: boolean;
}

/** Lists other than of commits are counted up to here. */
export const COUNTED_MAX = 100_000;

/** Prisma's arguments for a page in ascending (or descending) order of ids. */
export function idPage({ count, from, after, before }: IdPage, direction: "asc" | "desc") {
  const [low, high] = direction === "asc" ? [after, before] : [before, after];
  const isForward = (direction === "asc") === (from === "start");
  return {
    where: { id: { ...(low !== null && { gt: low }), ...(high !== null && { lt: high }) } },
    orderBy: { id: isForward ? ("asc" as const) : ("desc" as const) },
    take: count + 1,
  };
}

/** Rows that were read from an end backwards, turned round. */
export function inOrder<Row>(rows: readonly Row[], { from }: Pick<IdPage, "from">): Row[] {
  return from === "start" ? [...rows] : rows.toReversed();
}

/** From a count that was told to stop at one more than `max`. */
export function boundedCount(counted: number, max: number = COUNTED_MAX): BoundedCount {
  return { count: Math.min(counted, max), isExact: counted <= max };
}

/** Rejects with `DATABASE_UNAVAILABLE` where it applies; otherwise the failure as it is. */
export async function read<T>(query: Promise<T>): Promise<T> {
  return await query.catch((error: unknown) => {
    throw databaseError(error);
  });
}

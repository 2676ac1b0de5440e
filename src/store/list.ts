import { Prisma } from "../postgres/prisma-client/client.js";
import type { StatementReader } from "../postgres/reader.js";
import { limitFor, written } from "../postgres/statement.js";

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

/** Of an id's column. */
export const ID_MAX = 2_147_483_647;

/** Of a row's id in decimal. Null for what is none. */
export function parseRowId(text: string): number | null {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= ID_MAX ? Number(text) : null;
}

/** Lists other than of commits are counted up to here. */
export const COUNTED_MAX = 100_000;

/** What ends a statement over rows of those ids: a page of them, in ascending (or descending) order. */
export function idPage(
  { count, from, after, before }: IdPage,
  direction: "asc" | "desc",
): Prisma.Sql {
  const [low, high] = direction === "asc" ? [after, before] : [before, after];
  const isForward = (direction === "asc") === (from === "start");
  return Prisma.sql`
    and id > coalesce(${low}::int, 0) and id <= coalesce(${high}::int - 1, ${ID_MAX})
    order by id ${isForward ? Prisma.sql`asc` : Prisma.sql`desc`}
    limit ${written(limitFor(count + 1))}`;
}

/** Rows that were read from an end backwards, turned round. */
export function inOrder<Row>(rows: readonly Row[], { from }: Pick<IdPage, "from">): Row[] {
  return from === "start" ? [...rows] : rows.toReversed();
}

/** A page's rows in order, of at least as many as were read. */
export function pageOf<Row>(rows: readonly Row[], page: IdPage): Row[] {
  return inOrder(rows.slice(0, page.count + 1), page);
}

/** How many rows there are that `from` finds (`from … where …`). */
export async function countRows(reader: StatementReader, from: Prisma.Sql): Promise<BoundedCount> {
  const [row] = await reader.query<{ count: number }>(Prisma.sql`
    select count(*)::int as count from (select ${from} limit ${written(COUNTED_MAX + 1)}) as found`);
  return boundedCount(row?.count ?? 0);
}

/** From a count that was told to stop at one more than `max`. */
export function boundedCount(counted: number, max: number = COUNTED_MAX): BoundedCount {
  return { count: Math.min(counted, max), isExact: counted <= max };
}

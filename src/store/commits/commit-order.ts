import type { Oid } from "../../domain/commit.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { limitFor } from "../../postgres/statement.js";
import type { CommitDetail } from "../rows.js";
import { type CommitFilter, filterShape } from "./commit-filter.js";
import { GATHERED_MAX } from "./commit-matches.js";

/** A commit's place in the order of committer dates. */
export interface DateKey {
  readonly committedAt: Date;
  readonly repositoryId: number;
  readonly oid: Oid;
}

/** A commit's place in the order of arrival: that of the feed. */
export interface ArrivalKey {
  readonly sequence: bigint;
  readonly position: number;
}

/** A stretch of a list, without its ends; null: from the beginning, to the end. */
export interface Stretch<Key> {
  readonly after: Key | null;
  readonly before: Key | null;
}

export type Direction = "ASC" | "DESC";

/** What to read of a list: one more than `count` where there are more. */
export interface Page {
  readonly count: number;
  readonly direction: Direction;
  /** From which end of the stretch. */
  readonly from: "start" | "end";
}

export interface PageReading {
  /** Absent: whole commits. */
  readonly detail?: CommitDetail;
  readonly gatheredMax?: number;
}

/** A page of what matches. */
export interface PageQuery<Key> {
  readonly filter: CommitFilter;
  /** The ends of the stretch by their keys, neither of them included. */
  readonly low: Key | null;
  readonly high: Key | null;
  /** Rows wanted, and the same or a few more, which are read. */
  readonly count: number;
  readonly limit: number;
  readonly way: "asc" | "desc";
  readonly gatheredMax: number;
  /** How much to read of each. */
  readonly detail: CommitDetail;
}

export type End = "low" | "high";

export function pageQuery<Key>(
  filter: CommitFilter,
  { after, before }: Stretch<Key>,
  { count, direction, from }: Page,
  { detail = "WHOLE", gatheredMax = GATHERED_MAX }: PageReading,
): PageQuery<Key> {
  const [low, high] = direction === "ASC" ? [after, before] : [before, after];
  // From an end backwards, and turned round afterwards.
  const way = (direction === "ASC") === (from === "start") ? "asc" : "desc";
  const limit = limitFor(count + 1);
  return { filter, low, high, count: count + 1, limit, way, gatheredMax, detail };
}

/** All that the text of a page's statement may depend on, but for what dates and keys have to do. */
export function pageShape<Key>({ filter, ...page }: PageQuery<Key>): string {
  const { low, high, limit, way, gatheredMax, detail } = page;
  const rest = [low !== null, high !== null, limit, way, gatheredMax, detail];
  return `${filterShape(filter)} ${rest.join()}`;
}

/** The direction in which rows are read. */
export function wayOf({ way }: PageQuery<unknown>): Prisma.Sql {
  return way === "asc" ? Prisma.sql`asc` : Prisma.sql`desc`;
}

/** From commits of these keys. */
export function fromKeys(keys: Prisma.Sql, order: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    from (${keys}) as k join commit c on c.repository_id = k.repository_id and c.oid = k.oid
   order by ${order}`;
}

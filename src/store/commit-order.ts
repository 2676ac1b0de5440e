import type { Oid } from "../domain/commit.js";
import { Prisma } from "./prisma-client/client.js";

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

/** The direction in which rows are read: from an end backwards, and turned round afterwards. */
export function readingDirection({ direction, from }: Page): Prisma.Sql {
  return (direction === "ASC") === (from === "start") ? Prisma.sql`asc` : Prisma.sql`desc`;
}

/** The lowest and the highest key, neither of them included. */
export function ends<Key>(
  { after, before }: Stretch<Key>,
  { direction }: Page,
): { low: Key | null; high: Key | null } {
  return direction === "ASC" ? { low: after, high: before } : { low: before, high: after };
}

import { Prisma } from "../../postgres/prisma-client/client.js";
import { written } from "../../postgres/statement.js";

/** Time is cut into spans of 24 days, numbered from 1970: short enough to count what is left of one. */
const SPAN_BITS = 21;
const SPAN_S = 2 ** SPAN_BITS;
/** Beyond any date. */
const SPAN_MAX = 2 ** 30;
/** What is within fewer is sooner counted than summed up. */
const SPANS_MIN = 4;

/** The number of the span that a date is in. */
export function spanOf(date: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(extract(epoch from ${date})::bigint >> ${written(SPAN_BITS)})::int`;
}

/** By committer date, inclusive; null: without end. */
export interface DateRange {
  readonly since: Date | null;
  readonly until: Date | null;
}

/** The whole spans of a range, from the one to before the other, and where these begin, in seconds since 1970. */
export interface Spans {
  readonly from: number;
  readonly to: number;
  readonly fromS: number | "-infinity";
  readonly toS: number | "infinity";
}

/** Null where there are few: all of the range is to be counted. Commits are dated by whole seconds. */
export function spansWithin({ since, until }: DateRange): Spans | null {
  const from = since === null ? -SPAN_MAX : Math.ceil(since.getTime() / 1_000 / SPAN_S);
  const end = until === null ? null : Math.floor(until.getTime() / 1_000) + 1;
  const to = end === null ? SPAN_MAX : Math.floor(end / SPAN_S);
  if (to - from < SPANS_MIN) return null;
  const fromS = since === null ? "-infinity" : from * SPAN_S;
  return { from, to, fromS, toS: end === null ? "infinity" : to * SPAN_S };
}

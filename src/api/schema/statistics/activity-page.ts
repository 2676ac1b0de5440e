import { following, type Interval, intervalsBetween, startOf } from "../../../domain/calendar.js";
import { decodeCursor, encodeCursor, foreignCursor } from "../../../domain/cursor.js";
import { TrackerError } from "../../../domain/errors.js";
import type { Activity, ActivityRange } from "../../../store/commits/activity-reader.js";
import { isShown, requireDate } from "../../paging/arguments.js";
import { type Connection, type PageRequest, pageRequest, toConnection } from "../../paging/page.js";
import type { ActivityPageArguments } from "./statistics.type.js";

/** From the first interval asked for to the last. */
export const INTERVALS_MAX = 1_000;

/** The intervals from the one with `since` to the one with `until`, oldest first, empty ones included. */
export async function readIntervals(
  read: (range: ActivityRange) => Promise<readonly Activity[]>,
  { since, until, interval }: ActivityRange,
): Promise<Activity[]> {
  const starts = requireIntervals(since, until, interval);
  return fill(starts, await read({ since, until, interval }));
}

/** A page of them: only what it shows is read. */
export async function listActivityPage(
  read: (range: ActivityRange) => Promise<readonly Activity[]>,
  { since, until, interval, ...page }: ActivityPageArguments,
): Promise<Connection<Activity>> {
  const request = pageRequest(page, (cursor, field) => decodeKey(interval, cursor, field));
  // Whole, so that all who ask at one time ask for the same.
  const to =
    until == null
      ? lastMomentOf(startOf(new Date(), interval), interval)
      : requireDate(until, "until");
  const from = since == null ? sinceOf(request, to, interval) : requireDate(since, "since");
  const all = requireIntervals(from, to, interval);
  const starts = cut(all, request);
  const [first] = starts;
  const last = starts.at(-1);
  const range = {
    since: first !== undefined && first > from ? first : from,
    until: last === undefined ? to : earlier(to, lastMomentOf(last, interval)),
    interval,
  };
  const counted = first === undefined ? [] : await read(range);
  return toConnection(
    fill(starts, counted),
    request,
    ({ start }) => encodeCursor([start.getTime()]),
    async () => ({
      count: since == null ? Math.min(all.length, request.count) : all.length,
      isExact: true,
    }),
  );
}

/** Where nobody says since when: the page ends with `until`, or with its cursor, and is as long as asked for. */
function sinceOf({ count, from, after, before }: PageRequest<Date>, to: Date, interval: Interval) {
  if (after !== null) return earlier(after, startOf(to, interval));
  const end = following(startOf(to, interval), interval, 1);
  const isEarlier = before !== null && before < end;
  // One more, before the page, says that there is more.
  return following(isEarlier ? before : end, interval, -count - (from === "end" ? 1 : 0));
}

function requireIntervals(since: Date, until: Date, interval: Interval): Date[] {
  const starts = intervalsBetween(since, until, interval, INTERVALS_MAX + 1);
  if (starts.length <= INTERVALS_MAX) return starts;
  const message = `There are more than ${INTERVALS_MAX} intervals from \`since\` to \`until\`.`;
  throw new TrackerError("BAD_USER_INPUT", message, { field: "since" });
}

/** One more than the page has where there are more, at its far end. */
function cut(all: readonly Date[], { count, from, after, before }: PageRequest<Date>): Date[] {
  const between = all.filter(
    (start) => (after === null || start > after) && (before === null || start < before),
  );
  return from === "start" ? between.slice(0, count + 1) : between.slice(-count - 1);
}

function fill(starts: readonly Date[], counted: readonly Activity[]): Activity[] {
  const byStart = new Map(counted.map((one) => [one.start.getTime(), one]));
  return starts.map(
    (start) => byStart.get(start.getTime()) ?? { start, commitCount: 0, authorCount: 0 },
  );
}

function lastMomentOf(start: Date, interval: Interval): Date {
  return new Date(following(start, interval, 1).getTime() - 1);
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}

function decodeKey(interval: Interval, cursor: string, field: string): Date {
  const start = new Date(Number(decodeCursor(cursor, 1, field)[0]));
  if (!isShown(start) || startOf(start, interval).getTime() !== start.getTime()) {
    throw foreignCursor(field);
  }
  return start;
}

/** Units in which time is counted, in UTC; weeks begin on Monday. */
export type Interval = "DAY" | "WEEK" | "MONTH";

const DAY_MS = 86_400_000;

/** The beginnings of the intervals from the one that `since` is in to the one that `until` is in, at most `limit`. */
export function intervalsBetween(
  since: Date,
  until: Date,
  interval: Interval,
  limit: number,
): Date[] {
  const starts: Date[] = [];
  for (
    let start = startOf(since, interval);
    start <= until && starts.length < limit;
    start = following(start, interval, 1)
  ) {
    starts.push(start);
  }
  return starts;
}

/** The beginning of the interval that a date is in. */
export function startOf(date: Date, interval: Interval): Date {
  const day = new Date(date);
  day.setUTCHours(0, 0, 0, 0);
  if (interval === "WEEK") day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  if (interval === "MONTH") day.setUTCDate(1);
  return day;
}

/** The beginning of an interval so many later. */
export function following(start: Date, interval: Interval, count: number): Date {
  if (interval !== "MONTH") {
    return new Date(start.getTime() + count * DAY_MS * (interval === "WEEK" ? 7 : 1));
  }
  const moved = new Date(start);
  moved.setUTCMonth(moved.getUTCMonth() + count);
  return moved;
}

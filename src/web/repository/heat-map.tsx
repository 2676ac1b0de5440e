import { useMemo } from "preact/hooks";
import { ActivityDocument, type ActivityQuery } from "../operations.generated.js";
import { Failure, Loading } from "../parts/notice.js";
import { useMedia } from "../parts/use-media.js";
import { countOf } from "../text/numbers.js";
import { dayOf } from "../text/times.js";
import { type StatisticsPlace, useStatistics } from "./use-statistics.js";

type Day = ActivityQuery["commitActivity"][number];

const DAY_MS = 24 * 60 * 60 * 1_000;
const WEEKS = 53;
const WEEKS_ON_PHONE = 27;
const CELL = 13;
const SIZE = 11;
const LEVELS = 4;
const TOP = 18;

/** The Monday a year ago. */
function sinceOf(now: number): string {
  const today = Math.floor(now / DAY_MS);
  const weekday = (today + 3) % 7; // the epoch's first day was a Thursday
  return new Date((today - weekday - (WEEKS - 1) * 7) * DAY_MS).toISOString();
}

/** The days of a year, each as dark as there were commits. */
export function HeatMap(place: StatisticsPlace) {
  const since = useMemo(() => sinceOf(Date.now()), []);
  const variables = { repository: place.repository, interval: "DAY" as const, since };
  const { data, error, refresh } = useStatistics(ActivityDocument, variables, place);
  return (
    <section class="card padded heat" aria-label="The last year">
      <h2>The last year</h2>
      {data !== undefined ? (
        <Days days={data.commitActivity} />
      ) : error !== undefined ? (
        <Failure error={error} retry={refresh} />
      ) : (
        <Loading what="the year" rows={3} />
      )}
    </section>
  );
}

function Days({ days }: { readonly days: readonly Day[] }) {
  const isNarrow = useMedia("(max-width: 720px)");
  const firstWeek = isNarrow ? WEEKS - WEEKS_ON_PHONE : 0;
  const total = days.reduce((sum, { commitCount }) => sum + commitCount, 0);
  const active = days.filter(({ commitCount }) => commitCount > 0).length;
  const levelOf = levelsOf(days);
  return (
    <>
      <svg
        viewBox={`${firstWeek * CELL} 0 ${(WEEKS - firstWeek) * CELL} ${TOP + 7 * CELL}`}
        role="img"
        aria-label={`${countOf(total, "commit")} on ${countOf(active, "day")} of the last year`}
      >
        {monthsOf(days).map(({ week, text }) => (
          <text key={week} x={week * CELL} y={11} class="heat-month">
            {text}
          </text>
        ))}
        {days.map(({ start, commitCount }, index) => (
          <rect
            key={start}
            class={`heat-${levelOf(commitCount)}`}
            x={Math.floor(index / 7) * CELL}
            y={TOP + (index % 7) * CELL}
            width={SIZE}
            height={SIZE}
            rx={2.5}
          >
            <title>{`${dayOf(start)}: ${countOf(commitCount, "commit")}`}</title>
          </rect>
        ))}
      </svg>
      <p class="quiet heat-sum">
        {countOf(total, "commit")} on {countOf(active, "day")}
      </p>
    </>
  );
}

/** By quarters of the days that have commits, so that one busy day leaves the others their colours. */
function levelsOf(days: readonly Day[]): (count: number) => number {
  const counts = days
    .map(({ commitCount }) => commitCount)
    .filter((count) => count > 0)
    .sort((one, other) => one - other);
  return (count) => {
    if (count === 0) return 0;
    const below = counts.filter((one) => one < count).length;
    return 1 + Math.min(LEVELS - 1, Math.floor((below / counts.length) * LEVELS));
  };
}

const MONTH = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });

function monthsOf(days: readonly Day[]): { week: number; text: string }[] {
  const weeks = days.filter((_, index) => index % 7 === 0);
  const names = weeks.map(({ start }) => MONTH.format(new Date(start)));
  return names.flatMap((text, week) =>
    week > 0 && week < WEEKS - 1 && names[week - 1] !== text ? [{ week, text }] : [],
  );
}

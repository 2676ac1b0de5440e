import { useMemo, useState } from "preact/hooks";
import {
  ActivityDocument,
  type ActivityInterval,
  type ActivityQuery,
} from "../operations.generated.js";
import { Empty, Failure, Loading } from "../parts/notice.js";
import { countOf, formatCount } from "../text/numbers.js";
import { dayOf } from "../text/times.js";
import { type StatisticsPlace, useStatistics } from "./use-statistics.js";

type Step = ActivityQuery["commitActivity"][number];

const WEEK_MS = 7 * 24 * 60 * 60 * 1_000;
const MONTH_MS = 30.44 * 24 * 60 * 60 * 1_000;
const STEPS_MAX = 990;
const STEPS_MIN = 26;

/** In weeks, or in months where that would be more of them than are told at once. */
function rangeOf(oldestAt: string): { interval: ActivityInterval; since: string } {
  const now = Date.now();
  const oldest = Math.min(Date.parse(oldestAt), now - STEPS_MIN * WEEK_MS);
  if (now - oldest < STEPS_MAX * WEEK_MS) return { interval: "WEEK", since: isoOf(oldest) };
  return { interval: "MONTH", since: isoOf(Math.max(oldest, now - STEPS_MAX * MONTH_MS)) };
}

const isoOf = (ms: number) => new Date(ms).toISOString();

/** Commits a week over the life of a repository. */
export function WeeklyCommits({
  oldestAt,
  ...place
}: StatisticsPlace & { readonly oldestAt: string | null }) {
  const range = useMemo(() => rangeOf(oldestAt ?? isoOf(Date.now())), [oldestAt]);
  const variables = { repository: place.repository, ...range };
  const { data, error, refresh } = useStatistics(ActivityDocument, variables, place, {
    pause: oldestAt === null,
  });
  const unit = range.interval === "WEEK" ? "week" : "month";
  const steps = data?.commitActivity;
  return (
    <section class="card padded" aria-label={`Commits a ${unit}`}>
      {oldestAt === null ? (
        <>
          <h2>Commits a week</h2>
          <Empty title="No commits yet">The first push is drawn here.</Empty>
        </>
      ) : steps !== undefined ? (
        <Bars steps={steps} unit={unit} />
      ) : error !== undefined ? (
        <Failure error={error} retry={refresh} />
      ) : (
        <Loading what="the chart" rows={3} />
      )}
    </section>
  );
}

const HEIGHT = 100;

function Bars({ steps, unit }: { readonly steps: readonly Step[]; readonly unit: string }) {
  const [pointed, setPointed] = useState<number | null>(null);
  const most = Math.max(1, ...steps.map(({ commitCount }) => commitCount));
  const total = steps.reduce((sum, { commitCount }) => sum + commitCount, 0);
  const shown = pointed === null ? undefined : steps[pointed];
  const [first] = steps;
  const since = first === undefined ? "" : `, since ${dayOf(first.start)}`;
  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <h2>Commits a {unit}</h2>
        <span class="quiet" aria-hidden="true">
          {shown === undefined
            ? `most in a ${unit}: ${formatCount(most)}`
            : `${unit} of ${dayOf(shown.start)}: ${countOf(shown.commitCount, "commit")}, ${countOf(shown.authorCount, "author")}`}
        </span>
      </figcaption>
      <svg
        class="chart-bars"
        viewBox={`0 0 ${steps.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${countOf(total, "commit")}${since}; ${formatCount(most)} in the busiest ${unit}`}
        onPointerMove={({ currentTarget, clientX }) => {
          const { left, width } = currentTarget.getBoundingClientRect();
          const at = Math.floor(((clientX - left) / width) * steps.length);
          setPointed(Math.min(Math.max(at, 0), steps.length - 1));
        }}
        onPointerLeave={() => setPointed(null)}
      >
        {pointed !== null && (
          <rect class="chart-pointed" x={pointed} y={0} width={1} height={HEIGHT} />
        )}
        <path class="chart-fill" d={pathOf(steps, most)} />
      </svg>
      <Years steps={steps} />
    </figure>
  );
}

/** All bars as one shape. */
function pathOf(steps: readonly Step[], most: number): string {
  const gap = steps.length > 200 ? 0 : 0.15;
  return steps
    .map(({ commitCount }, at) => {
      if (commitCount === 0) return "";
      const height = Math.max(2, (commitCount / most) * HEIGHT);
      return `M${at + gap} ${HEIGHT}V${HEIGHT - height}H${at + 1 - gap}V${HEIGHT}Z`;
    })
    .join("");
}

const LABELS_MAX = 12;

/** Where years begin; months where there are hardly any. */
function Years({ steps }: { readonly steps: readonly Step[] }) {
  const years = labelsOf(steps, (start) => start.slice(0, 4));
  const labels = years.length > 1 ? years : labelsOf(steps, monthOf);
  const every = Math.ceil(labels.length / LABELS_MAX);
  return (
    <div class="chart-axis" aria-hidden="true">
      {labels
        .filter((_, index) => index % every === 0)
        .map(({ at, text }) => (
          <span key={at} style={{ left: `${(at / steps.length) * 100}%` }}>
            {text}
          </span>
        ))}
    </div>
  );
}

const MONTH = new Intl.DateTimeFormat("en", { month: "short", timeZone: "UTC" });
const monthOf = (start: string) => MONTH.format(new Date(start));

function labelsOf(steps: readonly Step[], nameOf: (start: string) => string) {
  const names = steps.map(({ start }) => nameOf(start));
  return names.flatMap((text, at) => (at > 0 && names[at - 1] !== text ? [{ at, text }] : []));
}

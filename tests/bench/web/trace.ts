import type { Browser, Page } from "playwright-core";

/** Of the processor. Longer than this, and a key that is pressed meanwhile is answered late. */
const LONG_TASK_MS = 50;
const CATEGORIES = [
  ...["blink.user_timing", "loading", "devtools.timeline"],
  "disabled-by-default-devtools.timeline", // tasks of the main thread
];

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** In microseconds, as the durations. */
  readonly ts: number;
  readonly dur?: number;
  /** Of it, what the thread had the processor for. */
  readonly tdur?: number;
  readonly args?: { readonly data?: { readonly documentLoaderURL?: string } };
}

export interface TraceFigures {
  /** From the start of the navigation; null where there was none, or it was not painted. */
  readonly firstPaintMs: number | null;
  readonly firstContentMs: number | null;
  readonly largestContentMs: number | null;
  readonly longTasks: number;
  readonly longestTaskMs: number;
}

/** What Chromium's own trace tells of what is done meanwhile. */
export async function traced(
  browser: Browser,
  page: Page,
  work: () => Promise<unknown>,
): Promise<TraceFigures> {
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const trace = JSON.parse(String(await browser.stopTracing())) as { traceEvents: TraceEvent[] };
  return figuresOf(trace.traceEvents, new URL(page.url()).origin);
}

function figuresOf(events: readonly TraceEvent[], origin: string): TraceFigures {
  const start = events.find(
    ({ name, args }) =>
      name === "navigationStart" && args?.data?.documentLoaderURL?.startsWith(origin),
  );
  const sinceStart = (name: string) => {
    const of = events.filter((event) => event.name === name && event.pid === start?.pid);
    const last = of.at(-1);
    return start === undefined || last === undefined ? null : (last.ts - start.ts) / 1_000;
  };
  const renderers = new Set(events.filter(isPaint).map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = events
    .filter(({ name, pid, tid }) => name === "RunTask" && renderers.has(`${pid} ${tid}`))
    // What else the machine does is not the page's.
    .map(({ dur = 0, tdur = dur }) => tdur / 1_000);
  return {
    firstPaintMs: sinceStart("firstPaint"),
    firstContentMs: sinceStart("firstContentfulPaint"),
    largestContentMs: sinceStart("largestContentfulPaint::Candidate"),
    longTasks: tasks.filter((ms) => ms > LONG_TASK_MS).length,
    longestTaskMs: Math.max(0, ...tasks),
  };
}

/** Only a page's main thread lays out. */
const isPaint = ({ name }: TraceEvent): boolean => name === "UpdateLayoutTree";

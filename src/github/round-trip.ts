/** The way to GitHub and back, so that what GitHub took is told from what the network did. */
export interface RoundTrip {
  /** The cheapest question was answered in so long. */
  observe(tookMs: number): void;
  /** GitHub's part of what an answer took: all of it while nothing is known of the way. */
  gitHubMs(tookMs: number): number;
}

/** As long as an observation stands for: routes change. */
const MINUTES_KEPT = 5;
const MINUTE_MS = 60_000;
/** The cheapest question takes GitHub a little as well. */
const CHEAPEST_MS = 30;
/** No place is further from GitHub: what takes longer is its own delay. */
const ROUND_TRIP_MS_MAX = 400;
/** No answer is for nothing. */
const GITHUB_MS_MIN = 10;

/** The fastest of the last five minutes, a value for each of them. */
export function createRoundTrip(now: () => number = () => performance.now()): RoundTrip {
  let minutes: { readonly minute: number; fastestMs: number }[] = [];
  const thisMinute = () => Math.floor(now() / MINUTE_MS);

  function roundTripMs(): number {
    minutes = minutes.filter(({ minute }) => minute > thisMinute() - MINUTES_KEPT);
    if (minutes.length === 0) return 0;
    const fastestMs = Math.min(...minutes.map((one) => one.fastestMs));
    return Math.min(Math.max(fastestMs - CHEAPEST_MS, 0), ROUND_TRIP_MS_MAX);
  }

  return {
    observe(tookMs) {
      const minute = thisMinute();
      const known = minutes.find((one) => one.minute === minute);
      if (known === undefined) minutes.push({ minute, fastestMs: tookMs });
      else known.fastestMs = Math.min(known.fastestMs, tookMs);
    },
    gitHubMs: (tookMs) => Math.max(tookMs - roundTripMs(), Math.min(tookMs, GITHUB_MS_MIN)),
  };
}

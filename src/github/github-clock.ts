/** Where GitHub does not tell its clock: how much it may be behind ours. */
const CLOCKS_MARGIN_MS = 1_000;

/**
 * A time that GitHub tells, by our clock, however far the two are apart: its `Date` header says what
 * GitHub's clock shows. Never too early, and a second late at most beside the way of the answer: that
 * header is cut to the second, and was written before the answer came.
 */
export function byOurClock(
  gitHubMs: number,
  { date = "" }: Readonly<Record<string, string>>,
  nowMs: number,
): number {
  const gitHubNowMs = Date.parse(date);
  if (Number.isNaN(gitHubNowMs)) return gitHubMs + CLOCKS_MARGIN_MS;
  return nowMs + gitHubMs - gitHubNowMs;
}

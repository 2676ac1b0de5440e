import type { LookCount, UseReport } from "../../../src/github-stand-in/limits/use-record.js";
import type { Need } from "./floor.js";
import type { Phase } from "./phase.js";

/** What the product takes at most of GitHub's time, and what a user has in an hour. */
const GITHUB_SECONDS_A_MINUTE = 45;
const POINTS_AN_HOUR = 5_000;

interface Measured {
  readonly repositories: number;
  readonly incomplete: number;
  readonly need: Need;
  readonly looks: number;
  readonly refusals: UseReport["refusals"];
  readonly quiet: Phase;
  readonly onboarding: Phase;
}

/** Looks at heads beyond the first of each repository, before its first history was complete. */
export function repeatedLooks(
  looks: Readonly<Record<string, LookCount>>,
  names: readonly string[],
  completeAt: ReadonlyMap<string, number>,
): number {
  return names.reduce((sum, name) => {
    const until = completeAt.get(name) ?? Number.POSITIVE_INFINITY;
    const before = looks[name]?.times.filter((at) => at < until).length ?? 0;
    return sum + Math.max(0, before - 1);
  }, 0);
}

export function summarise(measured: Measured) {
  const { repositories, need, quiet, onboarding } = measured;
  const { minutes, points, gitHubSeconds } = onboarding;
  // Live work takes its part, as much as it took alone.
  const live = {
    requests: quiet.requests / quiet.minutes,
    points: quiet.points / quiet.minutes,
    seconds: quiet.gitHubSeconds / quiet.minutes,
  };
  const floorByTime = need.gitHubMs / 1_000 / (GITHUB_SECONDS_A_MINUTE - live.seconds);
  const floorByPoints = need.points / (POINTS_AN_HOUR / 60 - live.points);
  // An hour's points are all there when it begins.
  const isShortOfPoints =
    need.points + live.points * floorByTime > POINTS_AN_HOUR * Math.max(1, floorByTime / 60);
  const pointsThere = POINTS_AN_HOUR * Math.max(1, minutes / 60);
  const phase = (name: string, one: Phase) => ({
    phase: name,
    minutes: round(one.minutes, 1),
    "requests/min": round(one.requests / one.minutes, 1),
    "points/min": round(one.points / one.minutes, 1),
    "GitHub s/min": round(one.gitHubSeconds / one.minutes, 1),
    pushes: one.pushes,
    unseen: one.unseen,
    "delay p50": round(one.delays.p50, 1),
    p90: round(one.delays.p90, 1),
    p99: round(one.delays.p99, 1),
    "CPU %": one.cpuShare === null ? null : round(100 * one.cpuShare, 0),
    "peak MiB": one.peakMiB === null ? null : round(one.peakMiB, 0),
  });
  const figure = (name: string, value: unknown, target = "") => ({ name, value, target });
  const times = (of: "p50" | "p90" | "p99") => round(onboarding.delays[of] / quiet.delays[of], 2);
  return {
    phases: [phase("quiet", quiet), phase("onboarding", onboarding)],
    figures: [
      figure("minutes until all are complete", round(minutes, 1)),
      figure("incomplete", measured.incomplete, "0"),
      figure("floor by GitHub's time, minutes", round(floorByTime, 1)),
      figure("floor by points an hour, minutes", round(floorByPoints, 1)),
      figure("binding, with a whole hour's points", isShortOfPoints ? "points" : "time"),
      figure(
        "requests a repository, beside live work",
        round((onboarding.requests - live.requests * minutes) / repositories, 2),
      ),
      figure(
        "points a repository, beside live work",
        round((points - live.points * minutes) / repositories, 2),
        `${round(need.points / repositories, 2)} at least`,
      ),
      figure(
        "% of GitHub's time allowed (45 s a minute)",
        round((100 * gitHubSeconds) / (GITHUB_SECONDS_A_MINUTE * minutes), 0),
        ">= 90 where time binds",
      ),
      figure("% of the points there", round((100 * points) / pointsThere, 0)),
      figure("looks repeated while waiting", measured.looks, "0"),
      figure("refused by GitHub", JSON.stringify(measured.refusals), "{}"),
      figure("live delay × quiet: p50", times("p50"), "<= 2"),
      figure("live delay × quiet: p90", times("p90"), "<= 2"),
      figure("live delay × quiet: p99", times("p99"), "<= 2"),
    ],
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

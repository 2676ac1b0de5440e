import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import { seededRandom } from "../../../src/github-stand-in/seeded-random.js";
import {
  DAY,
  HISTORY,
  MINUTE,
  type Period,
  type Push,
  type SimulatedRepository,
  type World,
} from "./world.js";

const WEEK = 7 * DAY;
const TOGETHER = 10 * MINUTE;

/**
 * The commit times of real repositories, first parents only. Nothing tells when they were pushed:
 * those less than ten minutes apart land together, when the last of them was made.
 * Few repositories become many by beginning anywhere in their history, whole weeks apart, so that
 * days and weekends stay what they were. True is the rate over the part of history that is used.
 */
export function gitWorld(
  directories: readonly string[],
  count: number,
  period: Period,
  seed: number,
): World {
  const random = seededRandom(seed);
  const histories = directories.map(readHistory);
  const repositories = Array.from({ length: count }, (_, index) => {
    const history = histories[index % histories.length];
    if (history === undefined) throw new RangeError("--from-git needs directories");
    return excerpt(history, period, random());
  });
  return {
    name: `${count} excerpts of ${directories.map((one) => basename(one)).join(", ")}`,
    repositories,
    period,
  };
}

/** Milliseconds, oldest first. */
function readHistory(directory: string): number[] {
  const output = execFileSync(
    "git",
    ["-C", directory, "log", "--first-parent", "--format=%ct", "HEAD"],
    { encoding: "utf8", maxBuffer: 1 << 28 },
  );
  const times = output
    .trim()
    .split("\n")
    .map((line) => Number(line) * 1_000);
  return times.sort((one, other) => one - other);
}

function excerpt(
  history: readonly number[],
  { startAt, endAt }: Period,
  place: number,
): SimulatedRepository {
  const from = startAt - HISTORY;
  const first = history[0] ?? 0;
  const last = history.at(-1) ?? 0;
  const weeks = Math.max(Math.floor((last - first - (endAt - from)) / WEEK), 0);
  const shift = WEEK * Math.ceil((endAt - last) / WEEK + Math.floor(place * (weeks + 1)));
  const times: number[] = [];
  let lastBefore = first + shift;
  for (const time of history) {
    const at = time + shift;
    if (at < from) lastBefore = at;
    else if (at < endAt) times.push(at);
  }
  const pushes = pushesOf(times);
  // What came before is known by its newest commit only.
  if (lastBefore < from) pushes.unshift({ at: lastBefore, dates: [lastBefore] });
  const trueRate = (Math.max(times.length, 0.5) * 1_000) / (endAt - from);
  return { pushes, trueRate, busyness: () => 1 };
}

/** `times` are oldest first; the dates of a push newest first. */
function pushesOf(times: readonly number[]): Push[] {
  const pushes: Push[] = [];
  let dates: number[] = [];
  times.forEach((time, index) => {
    dates.unshift(time);
    const next = times[index + 1];
    if (next !== undefined && next - time < TOGETHER) return;
    pushes.push({ at: time, dates });
    dates = [];
  });
  return pushes;
}

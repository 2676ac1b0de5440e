import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import { seeded } from "./random.js";
import { DAY, HISTORY, type Period, type Push, type SimulatedRepository, type World } from "./world.js";

const WEEK = 7 * DAY;

/**
 * The commit times of real repositories, first parents only, each commit landing when it was made.
 * Few repositories become many by beginning anywhere in their history, whole weeks apart, so that
 * days and weekends stay what they were. True is the rate over the part of history that is used.
 */
export function gitWorld(
  directories: readonly string[],
  count: number,
  period: Period,
  seed: number,
): World {
  const random = seeded(seed);
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
  const times = output.trim().split("\n").map((line) => Number(line) * 1_000);
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
  const shift = WEEK * Math.round((endAt - last) / WEEK + Math.floor(place * (weeks + 1)));
  const pushes: Push[] = [];
  let lastBefore = first + shift;
  for (const time of history) {
    const at = time + shift;
    if (at < from) lastBefore = at;
    else if (at < endAt) pushes.push({ at, dates: [at] });
  }
  // What came before is known by its newest commit only.
  if (lastBefore < from) pushes.unshift({ at: lastBefore, dates: [lastBefore] });
  const trueRate = (Math.max(pushes.length, 0.5) * 1_000) / (endAt - from);
  return { pushes, trueRate, busyness: () => 1 };
}

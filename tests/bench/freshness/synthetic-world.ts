import { type Random, seededRandom } from "../../../src/github-stand-in/seeded-random.js";
import { exponential, geometric, PowerLaw } from "./random.js";
import {
  DAY,
  HISTORY,
  HOUR,
  MINUTE,
  type Period,
  type Push,
  type SimulatedRepository,
  type World,
} from "./world.js";

const BUSIEST_PER_DAY = 1_000;
const COMMITS_A_PUSH_MAX = 200;
/** Steep: nearly always one commit a push. Flat: now and then a long branch. */
const PUSH_SIZES = [1.9, 2.2, 2.6, 3.2].map(
  (exponent) => new PowerLaw(exponent, COMMITS_A_PUSH_MAX),
);
const PUSHES_A_SESSION = [1, 2, 4, 6];
const PUSH_GAP = 20 * MINUTE;
const COMMIT_GAP = 15 * MINUTE;
const PUSH_LAG = 2 * MINUTE;
const BUSYNESS_MAX = 1.2 * 1.9;

/**
 * Repository i has 1,000 / i commits a day on average (Zipf, α = 1). Somebody works for a session, at day more
 * than at night and on weekdays more than on weekends, pushes some times in it, and a push brings commits
 * made before: usually one, rarely two hundred. How bursty and how bundled differs from repository to repository.
 */
export function syntheticWorld(count: number, period: Period, seed: number): World {
  const random = seededRandom(seed);
  const repositories = Array.from({ length: count }, (_, index) =>
    makeRepository(BUSIEST_PER_DAY / (index + 1) / DAY, period, random),
  );
  return { name: `${count} repositories, Zipf`, repositories, period };
}

function makeRepository(
  perMs: number,
  { startAt, endAt }: Period,
  random: Random,
): SimulatedRepository {
  const sizes = pick(PUSH_SIZES, random);
  const sessionPushes = pick(PUSHES_A_SESSION, random);
  const zone = Math.floor(random() * 24) * HOUR;
  const busyness = (at: number) => busynessAt(at + zone);
  const sessionGap = (sizes.mean * sessionPushes) / perMs;
  const pushes: Push[] = [];
  let session = startAt - HISTORY;
  for (;;) {
    // Thinning: candidates at the highest rate, kept as often as the hour is busy.
    session += exponential(random, sessionGap / BUSYNESS_MAX);
    if (session >= endAt) break;
    if (random() * BUSYNESS_MAX > busyness(session)) continue;
    let at = session;
    for (let left = geometric(random, sessionPushes); left > 0; left -= 1) {
      if (at < endAt) pushes.push({ at, dates: datesBefore(at, sizes.draw(random), random) });
      at += exponential(random, PUSH_GAP);
    }
  }
  pushes.sort((one, other) => one.at - other.at);
  return { pushes, trueRate: perMs * 1_000, busyness };
}

function busynessAt(local: number): number {
  const weekday = (Math.floor(local / DAY) + 4) % 7; // 1970 began on a Thursday; 0 is Sunday
  const week = weekday === 0 || weekday === 6 ? 0.5 : 1.2;
  return week * (1 + 0.9 * Math.sin((2 * Math.PI * (local - 8 * HOUR)) / DAY));
}

function datesBefore(at: number, count: number, random: Random): number[] {
  const dates: number[] = [];
  let date = at - exponential(random, PUSH_LAG);
  for (let made = 0; made < count; made += 1) {
    dates.push(date);
    date -= exponential(random, COMMIT_GAP);
  }
  return dates;
}

function pick<T>(all: readonly T[], random: Random): T {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new RangeError("nothing to pick from");
  return one;
}

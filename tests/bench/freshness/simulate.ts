import { costs, lookPoints } from "./costs.js";
import { DueWheel } from "./due-wheel.js";
import type { Policy } from "./policy.js";
import type { Random } from "./random.js";
import { MINUTE, type World } from "./world.js";

const RETUNE = 5 * MINUTE;

/** Delays from landing on GitHub to stored here, and what they cost. Only the measured period counts. */
export interface Outcome {
  /** Milliseconds, one for each push. */
  readonly delays: readonly number[];
  /** The commits of each push. */
  readonly commits: readonly number[];
  readonly checks: number;
  readonly requests: number;
  readonly points: number;
  /** Sum of GitHub's response times, milliseconds. */
  readonly gitHubMs: number;
}

/**
 * Plays a policy against a world with a virtual clock.
 * Due repositories gather until a glance is full or a second has passed; what a glance finds is looked at in
 * one request; pushes too large for a look are pulled. The hourly rotation of looks is charged,
 * but what it might find earlier is not counted in anybody's favour.
 */
export function simulate(
  world: World,
  policy: Policy,
  last: Float64Array,
  random: Random,
): Outcome {
  return new Simulation(world, policy, last, random).run();
}

class Simulation {
  readonly #wheel: DueWheel;
  /** Index of the first push not seen yet, by repository. */
  readonly #unseen: Int32Array;
  /** When that push lands. */
  readonly #newsAt: Float64Array;
  readonly #delays: number[] = [];
  readonly #commits: number[] = [];
  #checks = 0;
  #requests = 0;
  #points = 0;
  #gitHubMs = 0;

  constructor(
    private readonly world: World,
    private readonly policy: Policy,
    private readonly last: Float64Array,
    private readonly random: Random,
  ) {
    this.#wheel = new DueWheel(world.repositories.length);
    this.#unseen = new Int32Array(world.repositories.length);
    this.#newsAt = Float64Array.from(
      world.repositories,
      ({ pushes }) => pushes[0]?.at ?? Number.POSITIVE_INFINITY,
    );
  }

  run(): Outcome {
    const { startAt, measureAt, endAt } = this.world.period;
    this.#begin(startAt);
    const due: number[] = [];
    let openedAt = startAt;
    for (let now = startAt; now < endAt; now += DueWheel.slotMs) {
      if (now % RETUNE === 0) this.policy.retune(now);
      if (due.length === 0) openedAt = now;
      this.#wheel.take(now, due);
      while (due.length >= costs.glanceBatch) {
        this.#glance(due.splice(0, costs.glanceBatch), now, now >= measureAt);
        openedAt = now;
      }
      if (due.length > 0 && now - openedAt >= costs.glanceWaitMs) {
        this.#glance(due.splice(0), now, now >= measureAt);
      }
    }
    // What is unseen at the end is found by the check after it.
    for (let now = endAt; now < endAt + DueWheel.horizonMs; now += DueWheel.slotMs) {
      this.#wheel.take(now, due);
      for (const repository of due.splice(0)) this.#find(repository, endAt, now + costs.requestMs);
    }
    this.#chargeRotation(endAt - measureAt);
    return {
      delays: this.#delays,
      commits: this.#commits,
      checks: this.#checks,
      requests: this.#requests,
      points: this.#points,
      gitHubMs: this.#gitHubMs,
    };
  }

  /** The first history of all, at once; the first checks are spread over one interval each. */
  #begin(startAt: number): void {
    this.world.repositories.forEach((_, repository) => {
      this.last[repository] = startAt;
      this.#find(repository, startAt, startAt);
    });
    this.policy.retune(startAt);
    this.world.repositories.forEach((_, repository) => {
      const interval = this.policy.intervalMs(repository, startAt);
      this.#wheel.put(repository, startAt + this.random() * interval);
    });
  }

  #glance(batch: readonly number[], now: number, isMeasured: boolean): void {
    const glanceMs =
      costs.requestMs +
      batch.length * (costs.glanceMsMin + this.random() * (costs.glanceMsMax - costs.glanceMsMin));
    const answeredAt = now + glanceMs;
    const changed = batch.filter((repository) => (this.#newsAt[repository] ?? now) < now);
    if (isMeasured) {
      this.#checks += batch.length;
      this.#charge(1, glanceMs);
    }
    for (let from = 0; from < changed.length; from += costs.lookBatch) {
      this.#look(changed.slice(from, from + costs.lookBatch), now, answeredAt, isMeasured);
    }
    for (const repository of batch) {
      const interval = this.policy.intervalMs(repository, now);
      this.#wheel.put(repository, now + Math.min(interval, DueWheel.horizonMs - MINUTE));
    }
  }

  #look(changed: readonly number[], now: number, askedAt: number, isMeasured: boolean): void {
    const lookMs = costs.requestMs + changed.length * costs.lookMs;
    if (isMeasured) {
      this.#charge(lookPoints(changed.length), lookMs);
      // Each of the other branches' pushes is found alone, by a look of its own.
      const others = changed.length * costs.otherPushes;
      this.#charge(others, others * (costs.requestMs + costs.lookMs), others);
    }
    for (const repository of changed) {
      const isLarge = this.#countNew(repository, now) > costs.lookCommits;
      if (isLarge && isMeasured) this.#charge(1, costs.pullMs);
      this.#find(repository, now, askedAt + lookMs + (isLarge ? costs.pullMs : 0));
    }
  }

  /** Everything that landed before `readAt` is stored at `storedAt`. */
  #find(repository: number, readAt: number, storedAt: number): void {
    const pushes = this.world.repositories[repository]?.pushes ?? [];
    const dates: number[] = [];
    let index = this.#unseen[repository] ?? 0;
    for (let push = pushes[index]; push !== undefined && push.at < readAt; push = pushes[index]) {
      for (const date of push.dates) dates.push(date);
      if (push.at >= this.world.period.measureAt) {
        this.#delays.push(storedAt - push.at);
        this.#commits.push(push.dates.length);
      }
      index += 1;
    }
    const newest = pushes[index - 1];
    if (newest === undefined || dates.length === 0) return;
    this.#unseen[repository] = index;
    this.#newsAt[repository] = pushes[index]?.at ?? Number.POSITIVE_INFINITY;
    this.last[repository] = newest.dates[0] ?? newest.at;
    this.policy.found(repository, dates, readAt);
  }

  #countNew(repository: number, now: number): number {
    const pushes = this.world.repositories[repository]?.pushes ?? [];
    let count = 0;
    for (let index = this.#unseen[repository] ?? 0; ; index += 1) {
      const push = pushes[index];
      if (push === undefined || push.at >= now) return count;
      count += push.dates.length;
    }
  }

  #charge(points: number, gitHubMs: number, requests = 1): void {
    this.#requests += requests;
    this.#points += points;
    this.#gitHubMs += gitHubMs;
  }

  #chargeRotation(measuredMs: number): void {
    const looks = (this.world.repositories.length * measuredMs) / costs.rotationMs;
    const requests = looks / costs.rotationBatch;
    const gitHubMs = requests * costs.requestMs + looks * costs.rotationLookMs;
    this.#charge(requests, gitHubMs, requests);
  }
}

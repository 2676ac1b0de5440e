import { createAnswerTime, GLANCE_TIME } from "../../../src/domain/answer-time.js";
import { checksPerSecond } from "../../../src/domain/check-schedule.js";
import type { Random } from "../../../src/github-stand-in/seeded-random.js";
import { costs, lookPoints } from "./costs.js";
import { DueWheel } from "./due-wheel.js";
import type { Policy } from "./policy.js";
import { BUDGET, VirtualGitHub } from "./virtual-github.js";
import { MINUTE, type World } from "./world.js";

const RETUNE = 5 * MINUTE;
/** What is under way at the end is answered by then. */
const DRAIN = 10 * MINUTE;

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

export interface Parts {
  readonly world: World;
  readonly policy: Policy;
  /** Kept up to date for the policy. */
  readonly last: Float64Array;
  readonly random: Random;
  /** Null: as many as the product takes itself to have. */
  readonly checksPerSecond: number | null;
}

/**
 * Plays a policy against a world with a virtual clock. How many checks there are to spend and when a
 * request may go out is decided by the product's own code, for every policy but those as published.
 * Due repositories gather until a glance is full or two seconds have passed; what a glance finds is looked at
 * in one request; pushes too large for a look are pulled. The hourly rotation of looks takes its points and
 * its time, but what it might find earlier is not counted in anybody's favour.
 */
export async function simulate(parts: Parts): Promise<Outcome> {
  return await new Simulation(parts).run();
}

class Simulation {
  readonly #wheel: DueWheel;
  readonly #gitHub: VirtualGitHub;
  readonly #glanceTime = createAnswerTime(GLANCE_TIME);
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

  constructor(private readonly parts: Parts) {
    const { world, policy } = parts;
    this.#wheel = new DueWheel(world.repositories.length);
    this.#gitHub = new VirtualGitHub(policy.isBudgeted);
    this.#unseen = new Int32Array(world.repositories.length);
    this.#newsAt = Float64Array.from(
      world.repositories,
      ({ pushes }) => pushes[0]?.at ?? Number.POSITIVE_INFINITY,
    );
  }

  async run(): Promise<Outcome> {
    const { repositories, period } = this.parts.world;
    const { startAt, endAt } = period;
    await this.#gitHub.begin(startAt);
    this.#begin(startAt);
    const due: number[] = [];
    const rotationMs = (costs.rotationMs * costs.rotationBatch) / repositories.length;
    let rotatedAt = startAt;
    let openedAt = startAt;
    for (let now = startAt; now < endAt; now += DueWheel.slotMs) {
      if (this.#gitHub.hasNews(now)) await this.#gitHub.run(now);
      if (now % RETUNE === 0) this.#retune(now);
      if (due.length === 0) openedAt = now;
      this.#wheel.take(now, due);
      while (due.length >= costs.glanceBatch) {
        this.#glance(due.splice(0, costs.glanceBatch), now);
        openedAt = now;
      }
      if (due.length > 0 && now - openedAt >= costs.glanceWaitMs) this.#glance(due.splice(0), now);
      for (; rotatedAt <= now; rotatedAt += rotationMs) this.#rotate(now);
    }
    await this.#gitHub.run(endAt + DRAIN);
    // What is unseen then is found by the check after it.
    for (const repository of due) this.#find(repository, endAt, endAt + costs.requestMs);
    for (let now = endAt; now < endAt + DueWheel.horizonMs; now += DueWheel.slotMs) {
      due.length = 0;
      this.#wheel.take(now, due);
      for (const repository of due) this.#find(repository, endAt, now + costs.requestMs);
    }
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
    const { world, policy, last, random } = this.parts;
    world.repositories.forEach((_, repository) => {
      last[repository] = startAt;
      this.#find(repository, startAt, startAt);
    });
    this.#retune(startAt);
    world.repositories.forEach((_, repository) => {
      const interval = policy.intervalMs(repository, startAt);
      this.#wheel.put(repository, startAt + random() * interval);
    });
  }

  #retune(now: number): void {
    const { policy, checksPerSecond: given } = this.parts;
    const perRepositoryMs = this.#glanceTime.perRepositoryMs();
    policy.retune(now, given ?? checksPerSecond(BUDGET, perRepositoryMs));
  }

  #glance(batch: readonly number[], now: number): void {
    const { random } = this.parts;
    const eachMs = costs.glanceMsMin + random() * (costs.glanceMsMax - costs.glanceMsMin);
    const gitHubMs = costs.requestMs + batch.length * eachMs;
    this.#send(now, 1, gitHubMs, (sentAt, answeredAt) => {
      this.#glanceTime.observe(batch.length, gitHubMs);
      if (this.#isMeasured(sentAt)) this.#checks += batch.length;
      const changed: number[] = [];
      for (const repository of batch) {
        if ((this.#newsAt[repository] ?? sentAt) < sentAt) changed.push(repository);
        else this.#schedule(repository, answeredAt);
      }
      for (let from = 0; from < changed.length; from += costs.lookBatch) {
        this.#look(changed.slice(from, from + costs.lookBatch), answeredAt);
      }
    });
  }

  /** What brought commits is scheduled once they are stored, by the rate that they make. */
  #store(repository: number, readAt: number, storedAt: number): void {
    this.#find(repository, readAt, storedAt);
    this.#schedule(repository, storedAt);
  }

  #schedule(repository: number, now: number): void {
    const interval = this.parts.policy.intervalMs(repository, now);
    const at = now + Math.min(interval, DueWheel.horizonMs - 2 * DRAIN);
    this.#wheel.put(repository, Math.max(at, now + 2 * DueWheel.slotMs));
  }

  #look(changed: readonly number[], now: number): void {
    const { random } = this.parts;
    const gitHubMs = costs.requestMs + changed.length * costs.lookMs;
    this.#send(now, lookPoints(changed.length), gitHubMs, (sentAt, answeredAt) => {
      for (const repository of changed) {
        if (this.#countNew(repository, sentAt) <= costs.lookCommits) {
          this.#store(repository, sentAt, answeredAt);
        } else {
          this.#send(answeredAt, 1, costs.pullMs, (_, pulledAt) => {
            this.#store(repository, sentAt, pulledAt);
          });
        }
      }
    });
    // Each of the other branches' pushes is found alone, some time, by a look of its own.
    for (let other = changed.length * costs.otherPushes; other > 0; other -= 1) {
      this.#send(now + random() * MINUTE, 1, costs.requestMs + costs.lookMs);
    }
  }

  #rotate(now: number): void {
    this.#send(now, 1, costs.requestMs + costs.rotationBatch * costs.rotationLookMs);
  }

  #send(
    now: number,
    points: number,
    gitHubMs: number,
    onAnswer: (sentAt: number, answeredAt: number) => void = () => {},
  ): void {
    this.#gitHub.send(now, {
      points,
      gitHubMs,
      onAnswer: (sentAt, answeredAt) => {
        if (this.#isMeasured(sentAt)) {
          this.#requests += 1;
          this.#points += points;
          this.#gitHubMs += gitHubMs;
        }
        onAnswer(sentAt, answeredAt);
      },
    });
  }

  #isMeasured(at: number): boolean {
    const { measureAt, endAt } = this.parts.world.period;
    return at >= measureAt && at < endAt;
  }

  /** Everything that landed before `readAt` is stored at `storedAt`. */
  #find(repository: number, readAt: number, storedAt: number): void {
    const pushes = this.parts.world.repositories[repository]?.pushes ?? [];
    const dates: number[] = [];
    let index = this.#unseen[repository] ?? 0;
    for (let push = pushes[index]; push !== undefined && push.at < readAt; push = pushes[index]) {
      for (const date of push.dates) dates.push(date);
      if (push.at >= this.parts.world.period.measureAt) {
        this.#delays.push(storedAt - push.at);
        this.#commits.push(push.dates.length);
      }
      index += 1;
    }
    const newest = pushes[index - 1];
    if (newest === undefined || dates.length === 0) return;
    this.#unseen[repository] = index;
    this.#newsAt[repository] = pushes[index]?.at ?? Number.POSITIVE_INFINITY;
    this.parts.last[repository] = newest.dates[0] ?? newest.at;
    this.parts.policy.found(repository, dates, readAt);
  }

  #countNew(repository: number, now: number): number {
    const pushes = this.parts.world.repositories[repository]?.pushes ?? [];
    let count = 0;
    for (let index = this.#unseen[repository] ?? 0; ; index += 1) {
      const push = pushes[index];
      if (push === undefined || push.at >= now) return count;
      count += push.dates.length;
    }
  }
}

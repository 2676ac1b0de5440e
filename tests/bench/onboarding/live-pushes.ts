import { setTimeout as delay } from "node:timers/promises";
import type { GitHubStandInControl } from "../../../src/github-stand-in/control/control.js";
import { seededRandom } from "../../../src/github-stand-in/seeded-random.js";

export interface Push {
  readonly oid: string;
  /** Milliseconds since 1970, when GitHub had it. */
  readonly at: number;
}

export interface LivePushes {
  /** All so far. */
  readonly pushes: readonly Push[];
  stop(): Promise<void>;
}

interface PushOptions {
  readonly gitHub: GitHubStandInControl;
  /** `owner/name`, each as likely as another. */
  readonly repositories: readonly string[];
  readonly perMinute: number;
  readonly seed: number;
}

/** One commit a push, at random times (a Poisson process), until told to stop. */
export function startPushing({ gitHub, repositories, perMinute, seed }: PushOptions): LivePushes {
  const random = seededRandom(seed);
  const stopping = new AbortController();
  const pushes: Push[] = [];
  const run = async () => {
    while (!stopping.signal.aborted) {
      const gapMs = (-60_000 / perMinute) * Math.log(1 - random());
      await delay(gapMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      const name = repositories[Math.floor(random() * repositories.length)] ?? "";
      const [oid = ""] = await gitHub.commit(name, [{ message: `Live ${pushes.length}` }]);
      pushes.push({ oid, at: Date.now() });
    }
  };
  const running = run();
  running.catch(() => {}); // told by stop()
  return {
    pushes,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

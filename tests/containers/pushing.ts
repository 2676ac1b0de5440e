import { setTimeout as delay } from "node:timers/promises";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.js";

const PUSH_EVERY_MS = 1_000;

export interface Pushing {
  /** By oid, in their order: milliseconds since 1970. */
  readonly pushedAt: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Pushes a commit every second until it is stopped. */
export function startPushing(gitHub: GitHubStandIn, repository: string): Pushing {
  const pushedAt = new Map<string, number>();
  let isStopped = false;
  const run = async () => {
    while (!isStopped) {
      const [oid = ""] = await gitHub.commit(repository, [{ message: `push ${pushedAt.size}` }]);
      pushedAt.set(oid, Date.now());
      await delay(PUSH_EVERY_MS);
    }
  };
  const running = run();
  return {
    pushedAt,
    async stop() {
      isStopped = true;
      await running;
    },
  };
}

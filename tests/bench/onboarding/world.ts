import { seededRandom } from "../../../src/github-stand-in/seeded-random.js";
import type { SharedRepositorySpec } from "../../support/shared-repositories.js";

const COMMITS_MAX = 300;
const LIVE_COMMITS = 20;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** To be onboarded: 1 to 300 commits, each order of magnitude as likely, the latest long ago. */
export function newRepositories(count: number, seed: number): SharedRepositorySpec[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    owner: "new",
    name: `r${index}`,
    commitCount: Math.floor((COMMITS_MAX + 1) ** random()),
    lastCommitAt: new Date(Date.UTC(2024, 0, 1) - random() * 1_000 * DAY_MS).toISOString(),
    stepMs: DAY_MS,
  }));
}

/** Complete before: each with the past of one that gets its share of the pushes. */
export function liveRepositories(count: number, pushesPerMinute: number): SharedRepositorySpec[] {
  const stepMs = (count / pushesPerMinute) * MINUTE_MS;
  return Array.from({ length: count }, (_, index) => ({
    owner: "live",
    name: `r${index}`,
    commitCount: LIVE_COMMITS,
    lastCommitAt: new Date(Date.now() - (index / count) * stepMs).toISOString(),
    stepMs,
  }));
}

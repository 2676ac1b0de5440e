import { join } from "node:path";
import type { Logger } from "pino";
import { openDemoRepositories } from "../github-stand-in/demo/demo-history.js";
import { landCommits } from "../github-stand-in/demo/demo-landing.js";
import { LONG_COMMITS, paceHistories } from "../github-stand-in/demo/demo-pace.js";
import { STAND_IN_TOKEN, startGitHubStandIn } from "../github-stand-in/stand-in.js";

/** Checks every second take most of an ordinary hour; what is kept for them would stop first histories. */
const POINTS_PER_HOUR = 100_000;

/** A GitHub of our own, for a first look without a token. */
export interface Demo {
  readonly apiUrl: string;
  readonly token: string;
  /** `owner/name` of those that are tracked from the start. */
  readonly tracked: readonly string[];
  /** The one of them whose first history is long enough to be watched. */
  readonly long: string;
  /** One more, to be added by whoever tries it. */
  readonly untracked: string;
  stop(): Promise<void>;
}

/** Starts the stand-in over real git repositories kept in `folder`, with commits landing from now on. */
export async function startDemo(folder: string, { logger }: { logger: Logger }): Promise<Demo> {
  const standIn = await startGitHubStandIn({
    users: [{ login: "octocat", tokens: [STAND_IN_TOKEN], pointsPerHour: POINTS_PER_HOUR }],
  });
  const stopping = new AbortController();
  const repositories = await openDemoRepositories({
    standIn,
    folder: join(folder, "github"),
  }).catch(async (error: unknown) => {
    await standIn.stop();
    throw error;
  });
  await paceHistories(standIn, repositories);
  const { signal } = stopping;
  const landing = repositories.map((repository) =>
    landCommits({ standIn, repository, signal }).catch((err: unknown) =>
      logger.warn({ err, repository: repository.nameWithOwner }, "nothing more lands in the demo"),
    ),
  );
  const names = repositories.map(({ nameWithOwner }) => nameWithOwner);
  const long = repositories.find(({ project }) => project.commitCount >= LONG_COMMITS);
  return {
    apiUrl: standIn.url,
    token: STAND_IN_TOKEN,
    tracked: names.slice(0, -1),
    long: long?.nameWithOwner ?? "",
    untracked: names.at(-1) ?? "",
    async stop() {
      stopping.abort();
      await Promise.all(landing);
      await standIn.stop();
    },
  };
}

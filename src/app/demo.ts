import { join } from "node:path";
import type { Logger } from "pino";
import { landCommits, openDemoRepositories } from "../github-stand-in/demo-history.js";
import { STAND_IN_TOKEN, startGitHubStandIn } from "../github-stand-in/stand-in.js";

const COMMIT_EVERY_MS = 4_000;

/** A GitHub of our own, for a first look without a token. */
export interface Demo {
  readonly apiUrl: string;
  readonly token: string;
  /** `owner/name` of each repository it has. */
  readonly repositories: readonly string[];
  stop(): Promise<void>;
}

/** Starts the stand-in over real git repositories kept in `folder`, with commits landing from now on. */
export async function startDemo(folder: string, { logger }: { logger: Logger }): Promise<Demo> {
  const standIn = await startGitHubStandIn();
  const stopping = new AbortController();
  const repositories = await openDemoRepositories({ standIn, folder: join(folder, "github") });
  const { signal } = stopping;
  const landing = landCommits({ standIn, repositories, everyMs: COMMIT_EVERY_MS, signal }).catch(
    (err: unknown) => logger.warn({ err }, "no more commits land in the demo"),
  );
  return {
    apiUrl: standIn.url,
    token: STAND_IN_TOKEN,
    repositories: repositories.map(({ nameWithOwner }) => nameWithOwner),
    async stop() {
      stopping.abort();
      await landing;
      await standIn.stop();
    },
  };
}

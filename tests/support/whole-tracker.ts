import { type GitHubStandIn, STAND_IN_TOKEN } from "../../src/github-stand-in/stand-in.js";
import type { Database } from "../../src/postgres/database.js";
import { createTestDatabase } from "./postgres.js";
import { openBrokerSpace } from "./rabbitmq-vhost.js";
import { startTracker } from "./tracker-process.js";

/** All roles in one process of the built product, with a database and a virtual host of its own. */
export interface WholeTracker extends AsyncDisposable {
  /** Without a slash at its end; the same after a restart. */
  readonly url: string;
  readonly database: Database;
  stop(): Promise<void>;
  /** Without a chance to say goodbye. */
  kill(): Promise<void>;
  /** After either. */
  startAgain(): Promise<void>;
}

export async function startWholeTracker(
  gitHub: GitHubStandIn,
  env: Readonly<Record<string, string>> = {},
): Promise<WholeTracker> {
  const test = await createTestDatabase({ connectionsMax: 2 });
  const broker = await openBrokerSpace();
  const start = (PORT: string) =>
    startTracker({
      DATABASE_URL: test.url,
      RABBITMQ_URL: broker.url,
      GITHUB_API_URL: gitHub.url,
      GITHUB_TOKENS: STAND_IN_TOKEN,
      MIN_CHECK_INTERVAL: "1",
      MAX_CHECK_INTERVAL: "2",
      PORT,
      ...env,
    });
  let running = start("0");
  const url = await running.url();
  return {
    url,
    database: test.database,
    async stop() {
      await running.stop();
    },
    async kill() {
      await running.stop("SIGKILL");
    },
    async startAgain() {
      running = start(new URL(url).port);
      await running.url();
    },
    async [Symbol.asyncDispose]() {
      await running.stop();
      await test[Symbol.asyncDispose]();
      await broker.remove();
    },
  };
}

import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import { mergyHistory } from "../support/histories.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import { type ComposeProject, createComposeProject } from "./compose-project.js";
import { type FaithfulSubscriber, followFeed } from "./faithful-subscriber.js";
import { expectNothingLost, RECOVERY_MS_MAX, readStoredOids } from "./nothing-lost.js";
import { type Pushing, startPushing } from "./pushing.js";

export const REPOSITORY = "octo/one";
export const SERVICES = ["api", "worker", "scheduler", "proxy", "rabbitmq", "postgres", "replica"];
const PORT = 4_717;
/** What a URL, a shell and a file of passwords each take for something else. */
const ODD_PASSWORD = "p@ss/w:rd#1?&%20\\'\"$x";

export interface Scene extends AsyncDisposable {
  readonly project: ComposeProject;
  readonly gitHub: GitHubStandIn;
  /** Where the proxy answers, and the first key of the API. */
  readonly url: string;
  readonly key: string;
  /** From now on. */
  follow(): FaithfulSubscriber;
  push(): Pushing;
  ask<T>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<T>;
  storedOids(): Promise<string[]>;
  /** Every container that is to run does, and is ready. */
  expectHealthy(): Promise<void>;
  /** What git has is stored and announced, each once, in the feed's order. */
  expectNothingLost(subscriber: FaithfulSubscriber): Promise<void>;
}

/** A GitHub with a repository, and the compose file ready to be built: nothing of it runs yet. */
export async function openScene(): Promise<Scene> {
  const gitHub = await startGitHubStandIn();
  const line = await startTcpProxy(
    { host: "127.0.0.1", port: gitHub.port },
    { listenOn: "0.0.0.0" },
  );
  const env = {
    ...{ PORT: String(PORT), MIN_CHECK_INTERVAL: "1", REVISION: "tested" },
    GITHUB_API_URL: `http://github.test:${line.port}`,
  };
  const project = await createComposeProject(env, {
    ...{ GITHUB_TOKENS: STAND_IN_TOKEN, POSTGRES_PASSWORD: ODD_PASSWORD },
    RABBITMQ_PASSWORD: `${ODD_PASSWORD}${randomBytes(4).toString("hex")}`,
  });
  const url = `http://127.0.0.1:${PORT}`;
  const key = await project.readSecret("api-key");
  const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "one" });
  await gitHub.commit(REPOSITORY, mergyHistory(150));
  const closing: (() => Promise<void>)[] = [];
  const ask = async <T>(query: string, variables = {}): Promise<T> => {
    const { data, errors } = await post<T>(url, query, variables, {
      authorization: `Bearer ${key}`,
    });
    if (errors !== undefined || !data) throw new Error(JSON.stringify(errors));
    return data;
  };
  const storedOids = () => readStoredOids(ask, REPOSITORY);
  return {
    ...{ project, gitHub, url, key, ask, storedOids },
    follow() {
      const subscriber = followFeed(url, key);
      closing.push(async () => await subscriber[Symbol.asyncDispose]());
      return subscriber;
    },
    push() {
      const pushing = startPushing(gitHub, REPOSITORY);
      closing.push(() => pushing.stop());
      return pushing;
    },
    async expectHealthy() {
      await eventually(async () => {
        const format = "{{.Service}} {{.State}} {{.Health}}";
        const states = await project.compose("ps", "--format", format);
        for (const service of SERVICES) {
          expect(states).toMatch(new RegExp(`^${service} running healthy$`, "m"));
        }
        expect(states).not.toMatch(/unhealthy|starting|restarting/);
      }, RECOVERY_MS_MAX);
    },
    expectNothingLost: (subscriber) => expectNothingLost({ gitDir, storedOids }, subscriber),
    async [Symbol.asyncDispose]() {
      for (const close of closing.reverse()) await close();
      await project[Symbol.asyncDispose]();
      await line[Symbol.asyncDispose]();
      await gitHub.stop();
    },
  };
}

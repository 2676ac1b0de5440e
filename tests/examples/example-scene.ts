import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { createApiKey } from "../../src/store/keys/api-key-store.js";
import { eventually } from "../support/eventually.js";
import { post } from "../support/graphql-client.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { addRepository, readRepository } from "../support/tracker-api.js";
import { startWholeTracker, type WholeTracker } from "../support/whole-tracker.js";
import { type PageServer, startPageServer } from "./page-server.js";

export const TRACKED = "octo/followed";
const FEED_END = "{ feed { sequence } }";
const AWAIT = `mutation ($repository: String!, $oid: String!) {
  awaitCommit(repository: $repository, oid: $oid) { waitedMs }
}`;

export const exampleFile = (path: string) =>
  fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

/** A tracker that has one repository's history, which examples reach over a line that can be cut. */
export interface ExampleScene extends AsyncDisposable {
  readonly gitHub: GitHubStandIn;
  readonly tracker: WholeTracker;
  readonly line: TcpProxy;
  /** Of the tracker, over the line. */
  readonly url: string;
  /** A reader's, without which nobody comes in. */
  readonly key: string;
  /** For what the examples keep. */
  readonly folder: string;
  /** Serves what is built into `page` there; the tracker lets its pages in. */
  readonly pages: PageServer;
  /** Pushes each by itself, and has it stored before the next: an event for each. Their oids. */
  push(...messages: readonly string[]): Promise<string[]>;
  /** Resolves when the cursor that is kept in this file has come to the feed's end. */
  caughtUp(cursorFile: string): Promise<void>;
}

export async function setExampleScene(): Promise<ExampleScene> {
  const folder = await mkdtemp(join(tmpdir(), "tracker-example-"));
  const pages = await startPageServer(join(folder, "page"));
  const gitHub = await startGitHubStandIn();
  await gitHub.addRepository({ owner: "octo", name: "followed" });
  await gitHub.commit(TRACKED, [{ message: "stored before" }]);
  const tracker = await startWholeTracker(gitHub, { CORS_ORIGINS: pages.origin });
  await addRepository(tracker.url, TRACKED);
  await eventually(async () => {
    const { state } = await readRepository(tracker.url, TRACKED);
    if (state !== "ACTIVE") throw new Error(state);
  });
  const name = "example";
  const { secret: key } = await createApiKey(tracker.database, { name, role: "READER" });
  const ask = async <Data>(query: string, variables = {}): Promise<Data> => {
    const headers = { authorization: `Bearer ${key}` };
    const { data, errors } = await post<Data>(tracker.url, query, variables, headers);
    if (errors !== undefined || data == null) throw new Error(JSON.stringify(errors));
    return data;
  };
  await eventually(async () => {
    const { errors } = await post(tracker.url, FEED_END); // every process has heard of the key
    if (errors === undefined) throw new Error("it still lets anybody in");
  });
  const { hostname: host, port } = new URL(tracker.url);
  const line = await startTcpProxy({ host, port: Number(port) });
  return {
    ...{ gitHub, tracker, line, folder, pages, key, url: `http://127.0.0.1:${line.port}` },
    async push(...messages) {
      const oids: string[] = [];
      for (const message of messages) {
        const [oid = ""] = await gitHub.commit(TRACKED, [{ message }]);
        await ask(AWAIT, { repository: TRACKED, oid });
        oids.push(oid);
      }
      return oids;
    },
    async caughtUp(cursorFile) {
      const { feed } = await ask<{ feed: { sequence: string } }>(FEED_END);
      await eventually(async () => {
        const cursor = await readFile(cursorFile, "utf8");
        if (cursor !== feed.sequence) throw new Error(`${cursor}, not ${feed.sequence}`);
      });
    },
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]();
      await tracker[Symbol.asyncDispose]();
      await gitHub.stop();
      await pages[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** The exit code, or the name of the signal, once all that it wrote is here. */
  readonly ended: Promise<number | string>;
  /** Without a chance to say goodbye. */
  kill(): Promise<void>;
}

/** An example as a person starts it, with only these variables. */
export function startProgram(
  [command = "", ...args]: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Program {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return {
    ...{ child, ended, kill, [Symbol.asyncDispose]: kill },
    stdout: () => stdout,
    stderr: () => stderr,
  };
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GitHubStandIn, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { ask } from "../support/graphql-client.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { addRepository, readRepository } from "../support/tracker-api.js";
import { startWholeTracker, type WholeTracker } from "../support/whole-tracker.js";

export const TRACKED = "octo/followed";

export const exampleFile = (path: string) =>
  fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

/** A tracker that has one repository's history, which examples reach over a line that can be cut. */
export interface ExampleScene extends AsyncDisposable {
  readonly gitHub: GitHubStandIn;
  readonly tracker: WholeTracker;
  readonly line: TcpProxy;
  /** Of the tracker, over the line. */
  readonly url: string;
  /** For what the examples keep. */
  readonly folder: string;
  /** Pushes each by itself, and has it stored before the next: an event for each. Their oids. */
  push(...messages: readonly string[]): Promise<string[]>;
  /** Resolves when the cursor that is kept in this file has come to the feed's end. */
  caughtUp(cursorFile: string): Promise<void>;
}

export async function setExampleScene(
  env: Readonly<Record<string, string>> = {},
): Promise<ExampleScene> {
  const gitHub = await startGitHubStandIn();
  const [owner = "", name = ""] = TRACKED.split("/");
  await gitHub.addRepository({ owner, name });
  await gitHub.commit(TRACKED, [{ message: "stored before" }]);
  const tracker = await startWholeTracker(gitHub, env);
  await addRepository(tracker.url, TRACKED);
  await eventually(async () => {
    const { state } = await readRepository(tracker.url, TRACKED);
    if (state !== "ACTIVE") throw new Error(state);
  });
  const { hostname: host, port } = new URL(tracker.url);
  const line = await startTcpProxy({ host, port: Number(port) });
  const folder = await mkdtemp(join(tmpdir(), "tracker-example-"));
  return {
    ...{ gitHub, tracker, line, folder, url: `http://127.0.0.1:${line.port}` },
    async push(...messages) {
      const oids: string[] = [];
      for (const message of messages) {
        const [oid = ""] = await gitHub.commit(TRACKED, [{ message }]);
        await ask(
          tracker.url,
          `mutation ($oid: String!) { awaitCommit(repository: "${TRACKED}", oid: $oid) { waitedMs } }`,
          { oid },
        );
        oids.push(oid);
      }
      return oids;
    },
    async caughtUp(cursorFile) {
      const query = "{ feed { sequence } }";
      const { feed } = await ask<{ feed: { sequence: string } }>(tracker.url, query);
      await eventually(async () => {
        const cursor = await readFile(cursorFile, "utf8");
        if (cursor !== feed.sequence) throw new Error(`${cursor}, not ${feed.sequence}`);
      });
    },
    async [Symbol.asyncDispose]() {
      await line[Symbol.asyncDispose]();
      await tracker[Symbol.asyncDispose]();
      await gitHub.stop();
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

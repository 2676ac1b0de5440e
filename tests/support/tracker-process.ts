import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.js";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

const START_TIMEOUT_MS = 60_000;

export interface TrackerProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Where it listens, without a trailing slash; known once it does. */
  url(): Promise<string>;
  /** All it has written so far, both streams. */
  output(): string;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  exited: Promise<number | string>;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/** The built product as a user starts it: `node dist/main.js`, with only these variables. */
export function startTracker(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): TrackerProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: "0", LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const collect = (chunk: Buffer) => {
    text = `${text}${chunk.toString()}`.slice(-4_000_000);
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  const exited = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string);
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return await exited;
  };
  return {
    child,
    exited,
    stop,
    output: () => text,
    url: () =>
      eventually(() => {
        const found = /"url":"(http:\/\/[^"]+?)\/?"[^\n]*"msg":"listening"/.exec(text)?.[1];
        if (found === undefined) throw new Error(`it does not listen:\n${text}`);
        return found;
      }, START_TIMEOUT_MS),
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
    },
  };
}

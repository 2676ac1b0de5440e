import { spawn } from "node:child_process";
import { once } from "node:events";
import { MAIN } from "./command-line.js";

export interface TerminalOptions {
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What runs on a terminal of its own, as somebody sits before it. */
export interface Terminal extends AsyncDisposable {
  /** All that was shown, control sequences and all. */
  shown(): string;
  type(keys: string): void;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
}

/** `tracker …`, its three streams on a terminal. */
export function startOnTerminal(args: readonly string[], options: TerminalOptions = {}): Terminal {
  return startTerminal([process.execPath, MAIN, ...args], options);
}

/** Any program so, by `script`, which is part of Debian's and macOS's base. */
export function startTerminal(
  command: readonly string[],
  { columns = 80, env = {} }: TerminalOptions = {},
): Terminal {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const line = `stty cols ${columns} rows 24; exec ${words}`;
  const args =
    process.platform === "darwin"
      ? ["-q", "/dev/null", "sh", "-c", line]
      : ["-qefc", line, "/dev/null"];
  const child = spawn("script", args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: "UTC", TERM: "xterm", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = once(child, "close").then(([code]) => code as number);
  return {
    shown: () => text.replaceAll("\r\n", "\n"),
    type: (keys) => void child.stdin.write(keys),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

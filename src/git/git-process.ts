import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";

const GIT_MS_MAX = 120_000; // a full walk of the largest public histories takes about half of it
const COMPLAINT_BYTES_MAX = 4_096;

/** How a process of git ended. */
export interface GitExit {
  /** Null where a signal ended it, or where it could not be started. */
  readonly code: number | null;
  /** The end of what it wrote to its standard error. */
  readonly complaint: string;
  /** Why it could not be started. */
  readonly failure: NodeJS.ErrnoException | null;
}

/**
 * Starts git on a bare repository, untouched by the configuration of the machine or its user, and in a
 * process group of its own: Ctrl-C in a terminal is for us, and git ends with its input. Of our own
 * environment, where the tokens are, it gets where programs are found and nothing else.
 */
export function startGit(
  gitDir: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  const env = {
    // biome-ignore lint/style/noProcessEnv: it is no setting of ours, and git is looked for in it.
    PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
    ...more,
  };
  const command = ["-c", "protocol.allow=never", `--git-dir=${gitDir}`, ...args];
  return spawn("git", command, { detached: true, env });
}

/** Its end. Never rejects; what it complains about is read from now on. */
export function exitOf(child: ChildProcessWithoutNullStreams): Promise<GitExit> {
  let complaint = "";
  let failure: NodeJS.ErrnoException | null = null;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_BYTES_MAX);
  });
  child.stdin.on("error", () => {}); // it may stop reading early; its exit code tells
  child.on("error", (error) => {
    failure = error;
  });
  return new Promise((resolve) => {
    child.on("close", (code) => resolve({ code, complaint: complaint.trim(), failure }));
  });
}

/** Ends it and all that it has started, and waits until it is gone. */
export async function endGit(child: ChildProcessWithoutNullStreams): Promise<void> {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // it has no group yet, or has ended this moment
  }
  await gone;
}

/** What git printed. Rejects with its complaint when it exits with another code than 0. */
export async function runGit(
  gitDir: string,
  args: readonly string[],
  input: string | Buffer = "",
): Promise<Buffer> {
  const child = startGit(gitDir, args);
  const exit = exitOf(child);
  const timer = setTimeout(() => void endGit(child), GIT_MS_MAX);
  const out: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stdin.end(input);
  try {
    const { code, complaint, failure } = await exit;
    if (code === 0) return Buffer.concat(out);
    throw failure ?? new Error(`git ${args[0]} failed: ${complaint}`);
  } finally {
    clearTimeout(timer);
  }
}

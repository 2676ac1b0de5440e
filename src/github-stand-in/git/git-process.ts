import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";

const GIT_MS_MAX = 120_000; // a full walk of the largest public histories takes about half of it

/** Set by git itself when a process runs inside a hook; they would redirect ours elsewhere. */
const INHERITED = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_NAMESPACE",
  "GIT_QUARANTINE_PATH",
];
const ENVIRONMENT = [
  "GIT_CONFIG_NOSYSTEM=1",
  "GIT_CONFIG_GLOBAL=/dev/null",
  "GIT_NO_REPLACE_OBJECTS=1",
  "GIT_TERMINAL_PROMPT=0",
  "LC_ALL=C",
];

/**
 * Starts git on a bare repository, untouched by the configuration of the machine or its user, and in a
 * process group of its own: Ctrl-C in a terminal is for us, and git ends with its input.
 */
export function startGit(gitDir: string, args: readonly string[]): ChildProcessWithoutNullStreams {
  const unset = INHERITED.flatMap((name) => ["-u", name]);
  const command = [...unset, ...ENVIRONMENT, "git", `--git-dir=${gitDir}`, ...args];
  return spawn("env", command, { detached: true });
}

/** What git printed. Rejects with its complaint when it exits with another code than 0. */
export async function runGit(
  gitDir: string,
  args: readonly string[],
  input: string | Buffer = "",
): Promise<Buffer> {
  const child = startGit(gitDir, args);
  const timer = setTimeout(() => child.kill("SIGKILL"), GIT_MS_MAX);
  const out: Buffer[] = [];
  const complaint: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => complaint.push(chunk));
  child.stdin.on("error", () => {}); // git may stop reading early; its exit code tells
  child.stdin.end(input);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    if (code === 0) return Buffer.concat(out);
    throw new Error(`git ${args[0]} failed: ${Buffer.concat(complaint).toString().trim()}`);
  } finally {
    clearTimeout(timer);
  }
}

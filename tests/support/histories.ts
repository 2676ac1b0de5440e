import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { CommitSpec } from "../../src/github-stand-in/git/git-write.js";

const run = promisify(execFile);

/** What git itself says is reachable from revisions: the oracle of every test of completeness. */
export async function revList(gitDir: string, ...revisions: string[]): Promise<string[]> {
  const { stdout } = await run("git", ["--git-dir", gitDir, "rev-list", ...revisions], {
    maxBuffer: 256 * 1_024 * 1_024,
    env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
  });
  return stdout.split("\n").filter((line) => line !== "");
}

/**
 * A mainline with a branch merged every so often; branches fork long before they are merged and
 * carry older dates than the mainline around the merge, and one merge is an octopus.
 */
export function mergyHistory(mainline: number): CommitSpec[] {
  const commits: CommitSpec[] = [];
  const push = (message: string, minute: number, parents: readonly string[]): string => {
    const date = new Date(Date.UTC(2024, 0, 1) + minute * 60_000).toISOString();
    const author = { name: `Author ${minute % 7}`, email: `author${minute % 7}@example.org`, date };
    commits.push({ message, author, parents });
    return `:${commits.length - 1}`;
  };
  const trunk: string[] = [push("root", 0, [])];
  const tip = () => trunk[trunk.length - 1] ?? ":0";
  for (let index = 1; index < mainline; index += 1) {
    if (index % 20 !== 0) {
      trunk.push(push(`change ${index}`, index * 10, [tip()]));
      continue;
    }
    const tops = [0, ...(index === 60 ? [1, 2] : [])].map((branch) => {
      const forkAt = Math.max(0, index - 19 - branch);
      let top = trunk[forkAt] ?? ":0";
      for (let step = 0; step < 4; step += 1) {
        top = push(`branch ${index}.${branch} step ${step}`, forkAt * 10 + step, [top]);
      }
      return top;
    });
    trunk.push(push(`merge at ${index}`, index * 10, [tip(), ...tops]));
  }
  return commits;
}

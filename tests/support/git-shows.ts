import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What git itself shows of messages that somebody committed. */
export interface GitShows extends Disposable {
  /** Of each, in that format of `git log`, without the line end after it. */
  of(messages: readonly string[], format: string): string[];
}

export function openGitShows(): GitShows {
  const folder = mkdtempSync(join(tmpdir(), "git-shows-"));
  execFileSync("git", ["init", "-q", "--bare", folder]);
  return {
    of(messages, format) {
      const stream = messages.map((message, index) => {
        const head = `commit refs/heads/m${index}\ncommitter A <a@b> ${index} +0000\n`;
        return `${head}data ${Buffer.byteLength(message)}\n${message}\n`;
      });
      execFileSync("git", ["-C", folder, "fast-import", "--quiet", "--force"], {
        input: stream.join(""),
      });
      const refs = messages.map((_, index) => `m${index}`);
      const args = ["-C", folder, "log", "--no-walk=unsorted", `--format=${format}%x02`];
      return execFileSync("git", [...args, ...refs, "--"], { maxBuffer: 64 * 1_024 * 1_024 })
        .toString()
        .split("\u0002\n")
        .slice(0, -1);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { endGit, exitOf, startGit } from "../../git/git-process.js";
import { DELIMITER, FLUSH, PacketReader, packet } from "../../git/pkt-line.js";
import type { GitPath } from "./git-request.js";
import type { PackFault } from "./pack-fault.js";

/** GitHub gives commits without trees, and trees without files; it takes no other filter. */
const AS_GITHUB = [
  "uploadpack.allowFilter=true",
  "uploadpackfilter.allow=false",
  "uploadpackfilter.tree.allow=true",
  "uploadpackfilter.tree.maxDepth=0",
  "uploadpackfilter.blob:none.allow=true",
  "uploadpack.allowAnySHA1InWant=true",
  "safe.directory=*",
];

/** Git's own server on real repositories, one process a request. */
export class UploadPackProcesses {
  readonly #running = new Set<ChildProcessWithoutNullStreams>();

  /** What it answers, as it comes. */
  async *answer(
    gitDir: string,
    kind: GitPath["kind"],
    { body, protocol, fault }: { body: Buffer; protocol: string; fault: PackFault | null },
  ): AsyncGenerator<Buffer, void, undefined> {
    const config = AS_GITHUB.filter((each) => fault !== "no-filters" || !each.includes("ilter"));
    const args = config.flatMap((each) => ["-c", each]);
    const how = kind === "advertisement" ? ["--http-backend-info-refs"] : [];
    const command = [...args, "upload-pack", "--stateless-rpc", ...how, gitDir];
    const child = startGit(gitDir, command, { GIT_PROTOCOL: protocol });
    const exit = exitOf(child);
    this.#running.add(child);
    try {
      child.stdin.end(fault === "ignored-filter" ? withoutFilter(body) : body);
      yield* child.stdout as AsyncIterable<Buffer>;
      await exit;
    } finally {
      await endGit(child);
      this.#running.delete(child);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map(endGit));
  }
}

function withoutFilter(body: Buffer): string {
  const kept = [...new PacketReader().push(body)].flatMap((each) => {
    if (!(each instanceof Buffer)) return [each === "delimiter" ? DELIMITER : FLUSH];
    const text = each.toString("utf8");
    return text.startsWith("filter ") ? [] : [packet(text)];
  });
  return kept.join("");
}

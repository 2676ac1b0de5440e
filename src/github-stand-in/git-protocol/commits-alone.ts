import { pipeline } from "node:stream/promises";
import { endGit, exitOf, runGit, startGit } from "../../git/git-process.js";
import { FLUSH, packet } from "../../git/pkt-line.js";
import type { GitCommand } from "./git-request.js";

/** Of a packet, less its length and its band. */
const PIECE_BYTES = 65_515;
const PACK_BAND = 1;

/**
 * The answer to a fetch of commits from a repository that has nothing but commits: git's own server walks into
 * the trees even where it is to leave them out, and gives up over those that are missing.
 */
export async function* answerWithCommits(
  gitDir: string,
  { wants, haves }: GitCommand,
): AsyncGenerator<Buffer, void, undefined> {
  const lister = startGit(gitDir, ["rev-list", "--ignore-missing", "--stdin"]);
  const packer = startGit(gitDir, ["pack-objects", "--stdout", "-q"]);
  const exits = [exitOf(lister), exitOf(packer)];
  lister.stdin.end([...wants, ...haves.map((oid) => `^${oid}`), ""].join("\n"));
  const piping = pipeline(lister.stdout, packer.stdin).catch(() => {});
  try {
    yield Buffer.from(packet("packfile\n"));
    for await (const piece of packer.stdout as AsyncIterable<Buffer>) {
      for (let at = 0; at < piece.length; at += PIECE_BYTES) {
        yield framed(piece.subarray(at, at + PIECE_BYTES));
      }
    }
    const codes = (await Promise.all(exits)).map(({ code }) => code);
    if (codes.every((code) => code === 0)) yield Buffer.from(FLUSH);
  } finally {
    await Promise.all([endGit(lister), endGit(packer), piping]);
  }
}

/** Whether it has a commit, and not its tree. */
export async function hasCommitsAlone(gitDir: string, oid: string): Promise<boolean> {
  const names = `${oid}\n${oid}^{tree}\n`;
  const answer = await runGit(gitDir, ["cat-file", "--batch-check"], names);
  const [commit = "", tree = ""] = answer.toString().split("\n");
  return / commit \d+$/.test(commit) && tree.endsWith(" missing");
}

function framed(data: Buffer): Buffer {
  const length = (data.length + 5).toString(16).padStart(4, "0");
  return Buffer.concat([Buffer.from(length), Buffer.from([PACK_BAND]), data]);
}

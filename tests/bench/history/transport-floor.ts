import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { openUploadPackHistories } from "../../../src/git/upload-pack-histories.js";
import { STAND_IN_TOKEN } from "../../../src/github-stand-in/stand-in.js";
import { memoryText, watchGit } from "./git-use.js";

const run = promisify(execFile);
const MIB = 1_048_576;

interface Source {
  readonly gitUrl: string;
  readonly owner: string;
  readonly name: string;
  readonly oid: string;
  readonly folder: string;
}

/** A history through the port, nothing stored, beside what git itself takes to fetch and to read it. */
export async function measureTransport(source: Source) {
  const bare = await measureGit(source);
  const { gitUrl, owner, name, oid, folder } = source;
  const scratch = join(folder, "floor");
  const histories = await openUploadPackHistories({
    ...{ gitUrl, tokens: [STAND_IN_TOKEN], userAgent: "tracker-bench", folder: scratch },
  });
  forgetPeak();
  const use = watchGit(scratch);
  const signal = new AbortController().signal;
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const history = await histories.open({ owner, name, oid }, { signal });
  const arrived = performance.now();
  let commits = 0;
  let odd = 0;
  for await (const page of history.pages({ commits: 1_000, bytes: 4 * MIB })) {
    commits += page.commits.length;
    odd += page.odd.length;
  }
  const read = performance.now();
  const { user, system } = process.cpuUsage(cpuBefore);
  await history.close();
  const git = use.stop();
  const row = (way: string, arrivalMs: number, readMs: number, rest: object = {}) => ({
    way,
    "arrives in s": inSeconds(arrivalMs),
    "is read in s": inSeconds(readMs),
    "commits/s": Math.round((commits + odd) / ((arrivalMs + readMs) / 1_000)),
    ...rest,
  });
  return [
    row("git clone --filter=tree:0, then rev-list | cat-file", bare.arrivalMs, bare.readMs),
    row("the port", arrived - begun, read - arrived, {
      commits,
      odd,
      "wire MiB": Number((history.bytes / MIB).toFixed(1)),
      "disk MiB": git.diskMiB,
      "node's CPU s": inSeconds((user + system) / 1_000),
      "node's peak MiB": peakMiB(),
      "git's peak MiB": memoryText(git),
    }),
  ];
}

async function measureGit({ gitUrl, owner, name, oid, folder }: Source) {
  const clone = join(folder, "clone.git");
  const basic = Buffer.from(`x-access-token:${STAND_IN_TOKEN}`).toString("base64");
  const header = `http.extraHeader=Authorization: Basic ${basic}`;
  const args = ["clone", "-q", "--bare", "--filter=tree:0", "--single-branch", "--no-tags"];
  const begun = performance.now();
  await run("git", ["-c", header, ...args, `${gitUrl}/${owner}/${name}.git`, clone]);
  const arrived = performance.now();
  const git = `git --git-dir='${clone}'`;
  await run("sh", ["-c", `${git} rev-list ${oid} | ${git} cat-file --batch --buffer > /dev/null`]);
  const read = performance.now();
  await rm(clone, { recursive: true });
  return { arrivalMs: arrived - begun, readMs: read - arrived };
}

/** Of this process; what it was before is not looked at. */
function forgetPeak(): void {
  writeFileSync("/proc/self/clear_refs", "5");
}

function peakMiB(): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1_024);
}

function inSeconds(ms: number): number {
  return Number((ms / 1_000).toFixed(2));
}

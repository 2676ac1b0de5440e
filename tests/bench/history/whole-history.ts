import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { GITHUB_TIMES } from "../../../src/github-stand-in/limits/latency.js";
import { STAND_IN_TOKEN } from "../../../src/github-stand-in/stand-in.js";
import { addRepository, readRepository } from "../../support/tracker-api.js";
import { startTracker } from "../../support/tracker-process.js";
import { readProcessUse } from "../onboarding/process-use.js";
import { bytesIn, memoryText, watchGit } from "./git-use.js";
import { startStandIn } from "./stand-in.js";

export interface WholeOptions {
  readonly gitDir: string;
  readonly folder: string;
  readonly transport: string;
  readonly hasLatency: boolean;
  readonly msMax: number;
  readonly log: (text: string) => void;
}

const NAME = "bench/history";
const MIB = 1_048_576;

/** From `addRepository` until the repository is ACTIVE, by the built product with its own PostgreSQL. */
export async function measureWhole(options: WholeOptions) {
  const { gitDir, folder, transport, hasLatency, msMax, log } = options;
  const standIn = await startStandIn(gitDir);
  const { gitHub } = standIn;
  if (hasLatency) await gitHub.configure({ latency: GITHUB_TIMES });
  const dataDir = join(folder, `data-${transport}-${Date.now()}`);
  const transfers = join(folder, "transfers");
  const tracker = startTracker({
    ...{ GITHUB_TOKENS: STAND_IN_TOKEN, GITHUB_API_URL: standIn.url },
    ...{ HISTORY_TRANSPORT: transport, DATA_DIR: dataDir, GIT_FOLDER: transfers },
  });
  try {
    const url = await tracker.url();
    const emptyBytes = bytesIn(dataDir);
    const use = watchGit(transfers);
    const begun = performance.now();
    await addRepository(url, NAME);
    let found = await readRepository(url, NAME);
    while (found.state !== "ACTIVE" && performance.now() < begun + msMax) {
      await delay(100);
      found = await readRepository(url, NAME);
    }
    const seconds = (performance.now() - begun) / 1_000;
    const git = use.stop();
    const { points, requests } = await gitHub.readUse();
    const { "git fetch": fetches } = await gitHub.countOperations();
    const node = await readProcessUse(tracker.child.pid ?? 0);
    for (const line of tracker.output().split("\n")) {
      if (line.includes('"level":"warn"')) log(line);
    }
    return {
      transport,
      state: found.state,
      commits: found.commitCount,
      seconds: Number(seconds.toFixed(1)),
      "commits/s": Math.round(found.commitCount / seconds),
      "API requests": requests,
      "git requests": fetches?.requests ?? 0,
      points,
      "node's peak MiB": Math.round(node?.peakMiB ?? Number.NaN),
      "node's CPU s": Math.round(node?.cpuSeconds ?? Number.NaN),
      "git's peak MiB": memoryText(git),
      "git's disk MiB": git.diskMiB,
      "database MiB": Math.round((bytesIn(dataDir) - emptyBytes) / MIB),
    };
  } finally {
    await tracker.stop();
    await standIn.stop();
  }
}

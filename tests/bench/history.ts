/**
 * `npm run bench:history`: one long history from `addRepository` until it is complete, by git and by the API,
 * against a GitHub that takes GitHub's times. Short: `-- --commits 20000 --people 800`. A bare repository of
 * your own: `-- --git-dir PATH`.
 */
import { spawn } from "node:child_process";
import { Console } from "node:console";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectGitHubStandIn } from "../../src/github-stand-in/control/control-client.js";
import { GITHUB_TIMES } from "../../src/github-stand-in/limits/latency.js";
import { STAND_IN_TOKEN } from "../../src/github-stand-in/stand-in.js";
import { addRepository, readRepository } from "../support/tracker-api.js";
import { startTracker } from "../support/tracker-process.js";
import { writeHistory } from "./history/written-history.js";
import { readProcessUse } from "./onboarding/process-use.js";

const { values } = parseArgs({
  options: {
    commits: { type: "string", default: "1000000" },
    people: { type: "string", default: "30000" },
    "message-length": { type: "string", default: "613" },
    "git-dir": { type: "string" },
    transports: { type: "string", default: "auto" },
    /** Without GitHub's times. */
    "no-latency": { type: "boolean", default: false },
    "minutes-max": { type: "string", default: "60" },
  },
});
const NAME = "bench/history";
const { log, table } = new Console(process.stdout);
const folder = await mkdtemp(join(tmpdir(), "tracker-bench-history-"));
const gitDir = values["git-dir"] ?? join(folder, "history.git");
if (values["git-dir"] === undefined) {
  const begun = performance.now();
  await writeHistory(gitDir, {
    ...{ commits: Number(values.commits), people: Number(values.people), seed: 1 },
    messageLength: Number(values["message-length"]),
  });
  log(`written in ${seconds(begun)} s`);
}

try {
  const rows = [];
  for (const transport of values.transports.split(",")) rows.push(await measure(transport));
  table(rows);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(transport: string) {
  const script = fileURLToPath(new URL("onboarding/stand-in-process.ts", import.meta.url));
  const standIn = spawn(process.execPath, ["--import", "tsx", script, "1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(standIn, "exit");
  const [line] = (await once(standIn.stdout, "data")) as [Buffer];
  const apiUrl = line.toString().trim();
  const gitHub = connectGitHubStandIn(apiUrl);
  await gitHub.addRepository({ owner: "bench", name: "history", gitDir });
  await gitHub.setBudget("octocat", { limit: 100_000, remaining: 100_000 });
  if (!values["no-latency"]) await gitHub.configure({ latency: GITHUB_TIMES });
  const dataDir = join(folder, `data-${transport}`);
  const tracker = startTracker({
    ...{ GITHUB_TOKENS: STAND_IN_TOKEN, GITHUB_API_URL: apiUrl, HISTORY_TRANSPORT: transport },
    ...{ DATA_DIR: dataDir, GIT_FOLDER: join(folder, "transfers") },
  });
  try {
    const url = await tracker.url();
    const begun = performance.now();
    await addRepository(url, NAME);
    const until = begun + Number(values["minutes-max"]) * 60_000;
    let found = await readRepository(url, NAME);
    while (found.state !== "ACTIVE" && performance.now() < until) {
      await delay(100);
      found = await readRepository(url, NAME);
    }
    const took = seconds(begun);
    const { operations, points, requests } = await gitHub.readUse();
    const use = await readProcessUse(tracker.child.pid ?? 0);
    const counts = Object.entries(operations).map(([name, one]) => `${name} ${one.requests}`);
    log(counts.join(", "));
    const warnings = tracker
      .output()
      .split("\n")
      .filter((text) => text.includes('"level":"warn"'));
    for (const warning of warnings) log(warning);
    return {
      transport,
      state: found.state,
      commits: found.commitCount,
      seconds: took,
      "commits/s": Math.round(found.commitCount / took),
      requests,
      points,
      "node's peak MiB": Math.round(use?.peakMiB ?? Number.NaN),
      "node's CPU s": Math.round(use?.cpuSeconds ?? Number.NaN),
    };
  } finally {
    await tracker.stop();
    standIn.kill("SIGTERM");
    await ended;
  }
}

function seconds(begun: number): number {
  return Math.round((performance.now() - begun) / 100) / 10;
}

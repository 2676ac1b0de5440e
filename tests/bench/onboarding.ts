/**
 * `npm run bench:onboarding`: first histories of many repositories on one user's budget, beside live
 * pushes to others that are complete, against a GitHub that takes GitHub's times. All of it is half an
 * hour at least; in five minutes: `-- --repositories 100 --live 20 --quiet-minutes 1 --pushes-per-minute 20`;
 * `--transport api` and `--transport git` tell how histories by the one and by the other compare.
 */
import { spawn } from "node:child_process";
import { Console } from "node:console";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectGitHubStandIn } from "../../src/github-stand-in/control/control-client.js";
import { GITHUB_TIMES } from "../../src/github-stand-in/limits/latency.js";
import { STAND_IN_TOKEN } from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { watchFeed } from "../support/feed-watch.js";
import { ask } from "../support/graphql-client.js";
import { addSharedRepositories } from "../support/shared-repositories.js";
import { startTracker } from "../support/tracker-process.js";
import { needOf } from "./onboarding/floor.js";
import { startPushing } from "./onboarding/live-pushes.js";
import { momentNow, phaseBetween } from "./onboarding/phase.js";
import { repeatedLooks, summarise } from "./onboarding/summary.js";
import { liveRepositories, newRepositories } from "./onboarding/world.js";

const { values } = parseArgs({
  options: {
    repositories: { type: "string", default: "2000" },
    live: { type: "string", default: "200" },
    /** Of all live repositories together. */
    "pushes-per-minute": { type: "string", default: "6" },
    "page-ms": { type: "string", default: "100-1000" },
    /** How histories come in: `auto`, `api` or `git`. */
    transport: { type: "string", default: "auto" },
    "quiet-minutes": { type: "string", default: "10" },
    /** Given up then, and told as it stands. */
    "minutes-max": { type: "string", default: "180" },
    seed: { type: "string", default: "1" },
  },
});
const MINUTE_MS = 60_000;
const seed = Number(values.seed);
const pushesPerMinute = Number(values["pushes-per-minute"]);
const quietMs = Number(values["quiet-minutes"]) * MINUTE_MS;
const [least = 100, most = least] = values["page-ms"].split("-").map(Number);
const latency = { ...GITHUB_TIMES, pageMs: [least, most] as const };
const fresh = newRepositories(Number(values.repositories), seed);
const live = liveRepositories(Number(values.live), pushesPerMinute);
const nameOf = ({ owner, name }: { owner: string; name: string }) => `${owner}/${name}`;
const { log, table } = new Console(process.stdout);

const folder = await mkdtemp(join(tmpdir(), "tracker-onboarding-"));
const script = fileURLToPath(new URL("onboarding/stand-in-process.ts", import.meta.url));
const standIn = spawn(process.execPath, ["--import", "tsx", script, String(seed)], {
  stdio: ["ignore", "pipe", "inherit"],
});
const standInEnded = once(standIn, "exit");
const [line] = (await once(standIn.stdout, "data")) as [Buffer];
const apiUrl = line.toString().trim();
const gitHub = connectGitHubStandIn(apiUrl);
await addSharedRepositories(gitHub, folder, [...live, ...fresh]);
log(`${fresh.length} repositories to add, ${live.length} live ones`);

// The hour that the live ones were added in ends with the quiet phase: what follows has a whole one.
const hourEndsAt = Date.now() + MINUTE_MS + live.length * 300 + quietMs;
await gitHub.setBudget("octocat", { remaining: 5_000, resetInMs: hourEndsAt - Date.now() });
const tracker = startTracker({
  GITHUB_TOKENS: STAND_IN_TOKEN,
  GITHUB_API_URL: apiUrl,
  HISTORY_TRANSPORT: values.transport,
  DATA_DIR: join(folder, "data"),
});
const pid = tracker.child.pid ?? 0;
try {
  const url = await tracker.url();
  await using feed = watchFeed(url);
  await addAll(url, live.map(nameOf));
  await eventually(() => {
    feed.check();
    const missing = live.filter((one) => !feed.completeAt.has(nameOf(one))).length;
    if (missing > 0) throw new Error(`${missing} live repositories are not complete`);
  }, 5 * MINUTE_MS);
  await gitHub.configure({ latency });
  const pushing = startPushing({
    ...{ gitHub, seed: seed + 1, repositories: live.map(nameOf) },
    perMinute: pushesPerMinute,
  });
  const quietFrom = await momentNow(gitHub, pid);
  log("quiet: live pushes alone");
  await delay(Math.max(quietMs, hourEndsAt + 2_000 - Date.now()));
  const begun = await momentNow(gitHub, pid);
  log("onboarding");
  await addAll(url, fresh.map(nameOf));
  const endsBy = begun.at + Number(values["minutes-max"]) * MINUTE_MS;
  const missing = () => fresh.filter((one) => !feed.completeAt.has(nameOf(one)));
  for (let toldAt = Date.now(); missing().length > 0 && Date.now() < endsBy; ) {
    await delay(500);
    feed.check();
    if (Date.now() < toldAt + MINUTE_MS) continue;
    toldAt = Date.now();
    log(`${Math.round((toldAt - begun.at) / MINUTE_MS)} min: ${missing().length} left`);
  }
  const ended = await momentNow(gitHub, pid);
  await pushing.stop();
  const unseen = () => pushing.pushes.filter(({ oid }) => !feed.seenAt.has(oid)).length;
  for (let wait = 0; unseen() > 0 && wait < 2 * MINUTE_MS; wait += 500) await delay(500);

  const quiet = phaseBetween(quietFrom, begun, pushing, feed.seenAt);
  const onboarding = phaseBetween(begun, ended, pushing, feed.seenAt);
  const summary = summarise({
    repositories: fresh.length,
    incomplete: missing().length,
    need: needOf(
      fresh.map(({ commitCount }) => commitCount),
      latency,
    ),
    looks: repeatedLooks(ended.use.looks, fresh.map(nameOf), feed.completeAt),
    refusals: ended.use.refusals,
    ...{ quiet, onboarding },
  });
  table(summary.phases);
  table(summary.figures);
  const { minutes } = ended.use;
  const report = { options: values, ...summary, quiet, onboarding, minutes };
  await writeFile("bench-onboarding.json", JSON.stringify(report, null, 2));
} finally {
  await tracker.stop();
  standIn.kill("SIGTERM");
  await standInEnded;
  await rm(folder, { recursive: true, force: true });
}

async function addAll(url: string, names: readonly string[]): Promise<void> {
  const mutation = "mutation ($urls: [String!]!) { addRepositories(urls: $urls) { failedCount } }";
  for (let at = 0; at < names.length; at += 100) {
    const { addRepositories } = await ask<{ addRepositories: { failedCount: number } }>(
      url,
      mutation,
      {
        urls: names.slice(at, at + 100),
      },
    );
    if (addRepositories.failedCount > 0) throw new Error("one was refused");
  }
}

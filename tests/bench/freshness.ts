/** `npm run bench:freshness`: how long a commit waits under each way of spending the same number of checks. */
import { Console } from "node:console";
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Random, seededRandom } from "../../src/github-stand-in/seeded-random.js";
import { gitWorld } from "./freshness/git-world.js";
import { plot } from "./freshness/plot.js";
import type { LastCommitAt, Policy } from "./freshness/policy.js";
import { hourlyRates, learnedRates, trueRates } from "./freshness/rate-sources.js";
import { fixedPolicy, phabricator, rulePolicy, sourcegraph } from "./freshness/rule-policies.js";
import { simulate } from "./freshness/simulate.js";
import { squareRootPolicy } from "./freshness/square-root-policy.js";
import { type Summary, summarise } from "./freshness/summary.js";
import { syntheticWorld } from "./freshness/synthetic-world.js";
import { periodOf } from "./freshness/world.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repositories: { type: "string", default: "10000" },
    days: { type: "string", default: "2" },
    "warm-up-days": { type: "string", default: "1" },
    /** Instead of as many as the product takes itself to have. */
    "checks-per-second": { type: "string" },
    seed: { type: "string", default: "1" },
    /** The directories follow: `--from-git one.git another.git`. */
    "from-git": { type: "boolean", default: false },
  },
});
const count = Number(values.repositories);
const seed = Number(values.seed);
const given = values["checks-per-second"];
const period = periodOf(Number(values["warm-up-days"]), Number(values.days));
const world = values["from-git"]
  ? gitWorld(positionals, count, period, seed)
  : syntheticWorld(count, period, seed);

type Maker = (last: LastCommitAt, random: Random) => Policy;
const hourOracle: Maker = (_, random) => squareRootPolicy(hourlyRates(world), count, random);
const policies: readonly Maker[] = [
  (last, random) => squareRootPolicy(learnedRates(world, last), count, random),
  (_, random) => fixedPolicy(count, random),
  (last, random) => rulePolicy(sourcegraph, last, true, random),
  (last, random) => rulePolicy(sourcegraph, last, false, random),
  (last, random) => rulePolicy(phabricator, last, true, random),
  (last, random) => rulePolicy(phabricator, last, false, random),
  (_, random) => squareRootPolicy(trueRates(world), count, random),
  // Nobody knows the day and night of a real one.
  ...(values["from-git"] ? [] : [hourOracle]),
];

const { log, table } = new Console(process.stdout);
const beganAt = performance.now();
const summaries: Summary[] = [];
for (const make of policies) {
  const last = new Float64Array(count);
  const random = seededRandom(seed + 1);
  const policy = make(last, random);
  const checksPerSecond = given === undefined ? null : Number(given);
  const outcome = await simulate({ world, policy, last, random, checksPerSecond });
  summaries.push(
    summarise(policy.name, policy.isBudgeted, outcome, period.endAt - period.measureAt),
  );
}
const seconds = (performance.now() - beganAt) / 1_000;

const meanOf = (name: string) =>
  summaries.find(({ policy }) => policy === name)?.mean ?? Number.NaN;
log(`${world.name}; ${values.days} days measured; delays in seconds`);
table(
  summaries.map((one) => ({
    policy: one.policy,
    mean: rounded(one.mean, 1),
    median: rounded(one.median, 1),
    p90: rounded(one.p90, 0),
    p99: rounded(one.p99, 0),
    "p99.9": rounded(one.p999, 0),
    "× fixed": rounded(one.mean / meanOf("fixed"), 2),
    "× oracle": rounded(one.mean / meanOf("oracle"), 2),
    "checks/h": Math.round(one.checksPerHour),
    "points/h": Math.round(one.pointsPerHour),
    "GitHub s/min": rounded(one.gitHubSecondsPerMinute, 1),
  })),
);
const ours = summaries[0];
if (ours !== undefined) {
  const targets = [
    ["mean delay of a commit, s", ours.mean, 30],
    ["99th percentile, s", ours.p99, 190],
    ["points an hour", ours.pointsPerHour, 4_000],
    ["GitHub's seconds a minute", ours.gitHubSecondsPerMinute, 45],
    ["mean delay / fixed", ours.mean / meanOf("fixed"), 0.42],
    ["mean delay / oracle", ours.mean / meanOf("oracle"), 1.1],
  ] as const;
  table(
    targets.map(([target, measured, most]) => ({
      target,
      most,
      measured: rounded(measured, 2),
      met: measured <= most,
    })),
  );
}
log(`${ours?.commits} commits, ${seconds.toFixed(0)} s of real time`);
await writeFile(
  "bench-freshness.json",
  JSON.stringify({ world: world.name, seed, given, period, seconds, summaries }, null, 2),
);
await writeFile("bench-freshness.svg", plot(`Delay of a commit: ${world.name}`, summaries));

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

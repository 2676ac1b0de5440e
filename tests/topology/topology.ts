/**
 * `npm run topology`: what compose.yaml starts, as processes of this machine, and every part of it restarted
 * and killed while a commit lands each second. Ends with a table of the worst delays and, unless nothing was
 * lost or told twice and each was told in time, with exit code 1.
 */
import { Console } from "node:console";
import { setTimeout as delay } from "node:timers/promises";
import { STAND_IN_TOKEN, startGitHubStandIn } from "../../src/github-stand-in/stand-in.js";
import { followFeed } from "../containers/faithful-subscriber.js";
import { type Ask, expectNothingLost, readStoredOids } from "../containers/nothing-lost.js";
import { pushThrough } from "../containers/push-through.js";
import { startPushing } from "../containers/pushing.js";
import { post } from "../support/graphql-client.js";
import { mergyHistory } from "../support/histories.js";
import {
  type NativeServices,
  type ProcessService,
  startNativeServices,
} from "./native-services.js";

const REPOSITORY = "octo/one";
const DELAY_MS_MAX = 15_000;
const QUIET_MS = 5_000;
const { log, table } = new Console(process.stdout);

/** What is done to each part, in this order. */
function faultsOf({ processes, ...services }: NativeServices): [string, () => Promise<unknown>][] {
  const each = (name: ProcessService): [string, () => Promise<unknown>][] => [
    [
      `roll ${name}`,
      async () => {
        for (const one of processes[name]) await one.restart();
      },
    ],
    [`kill -9 ${name}`, () => Promise.all(processes[name].map((one) => one.crash()))],
  ];
  return [
    ["nothing", () => delay(QUIET_MS)],
    ...each("api"),
    ...each("scheduler"),
    ...each("worker"),
    ["restart rabbitmq", services.restartBroker],
    ["restart replica", () => services.signal("replica", "SIGINT")],
    ["kill -9 replica", () => services.signal("replica", "SIGKILL")],
    ["restart postgres", () => services.signal("postgres", "SIGINT")],
    ["kill -9 postgres", () => services.signal("postgres", "SIGKILL")],
  ];
}

const gitHub = await startGitHubStandIn();
const { gitDir } = await gitHub.addRepository({ owner: "octo", name: "one" });
await gitHub.commit(REPOSITORY, mergyHistory(150));
const services = await startNativeServices(
  { GITHUB_API_URL: gitHub.url, MIN_CHECK_INTERVAL: "1" },
  STAND_IN_TOKEN,
);
const { key, processes } = services;
let turn = 0;
/** One api after the other, as the proxy has it. */
const nextUrl = () => {
  turn += 1;
  return processes.api[turn % processes.api.length]?.url ?? "";
};
const ask: Ask = async (query, variables = {}) => {
  const headers = { authorization: `Bearer ${key}` };
  const { data, errors } = await post<never>(nextUrl(), query, variables, headers);
  if (errors !== undefined || !data) throw new Error(JSON.stringify(errors));
  return data;
};
const subscriber = followFeed(nextUrl, key);
const pushing = startPushing(gitHub, REPOSITORY);
try {
  await ask(`mutation { addRepository(url: "https://github.com/${REPOSITORY}") { created } }`);
  const rows: { fault: string; "worst s": number; "came back": number }[] = [];
  for (const [fault, cause] of faultsOf(services)) {
    const before = subscriber.reconnects();
    const worstMs = await pushThrough({ pushing, subscriber }, cause);
    rows.push({
      fault,
      "worst s": Math.round(worstMs / 100) / 10,
      "came back": subscriber.reconnects() - before,
    });
    log(`${fault}: worst push → event ${(worstMs / 1_000).toFixed(1)} s`);
  }
  await pushing.stop();
  const storedOids = () => readStoredOids(ask, REPOSITORY);
  await expectNothingLost({ gitDir, storedOids }, subscriber);
  table(rows);
  const late = rows.filter((row) => 1_000 * row["worst s"] > DELAY_MS_MAX);
  log(
    `${subscriber.seenAt.size} commits, each stored and told once, in ${subscriber.sequences.length} events; the subscriber came back ${subscriber.reconnects()} times`,
  );
  if (late.length > 0) {
    log(`later than ${DELAY_MS_MAX / 1_000} s: ${late.map(({ fault }) => fault).join(", ")}`);
    process.exitCode = 1;
  }
} catch (error) {
  for (const [name, list] of Object.entries(processes)) {
    for (const one of list) log(`--- ${name}\n${one.output().slice(-2_000)}`);
  }
  log(error);
  process.exitCode = 1;
} finally {
  await pushing.stop();
  await subscriber[Symbol.asyncDispose]();
  await services[Symbol.asyncDispose]();
  await gitHub.stop();
}

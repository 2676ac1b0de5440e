import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type GitHubStandIn,
  STAND_IN_TOKEN,
  startGitHubStandIn,
} from "../../src/github-stand-in/stand-in.js";
import { eventually } from "../support/eventually.js";
import { post, subscribe } from "../support/graphql-client.js";
import { mergyHistory } from "../support/histories.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { addRepository, COMMITS_INGESTED, readRepository } from "../support/tracker-api.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";
import { panelQueries } from "./panel-queries.js";
import { readRules } from "./rule-files.js";
import { type RunningPrometheus, startPrometheus } from "./running-prometheus.js";

const RATE_INTERVAL = "10s";
/** What begins so is of what this system does not have, or of what did not happen; all else has to be there. */
const RIGHTLY_EMPTY: Readonly<Record<string, string>> = {
  tracker_data_folder_free_bytes: "its database is not embedded",
  tracker_data_folder_disk_bytes: "its database is not embedded",
  "tracker-runtime: Free disk": "its database is not embedded",
  "tracker-database: Reads by server": "it has no standby; tests/api/replicas.test.ts has",
  "tracker-database: Failed statements": "no statement failed",
  "tracker-ingestion: Failed attempts": "GitHub's errors were overcome within the attempt",
  tracker_attempts_failed_total: "GitHub's errors were overcome within the attempt",
  "tracker_graphql_operations_total{outcome=~": "no operation failed by a fault of ours",
};
const isRightlyEmpty = (place: string) =>
  Object.keys(RIGHTLY_EMPTY).some((known) => place.startsWith(known));
const SELECTOR = /\b(?:tracker|nodejs|process|up)(?:[_:][\w:]*)?(?:\{[^}]*\})?/g;

let gitHub: GitHubStandIn;
let database: TestDatabase;
let broker: BrokerSpace;
let replica: TcpProxy;
let rabbitmq: TcpProxy;
let prometheus: RunningPrometheus;
const processes: TrackerProcess[] = [];

async function lineTo(url: string, defaultPort: number): Promise<[TcpProxy, string]> {
  const target = new URL(url);
  const port = Number(target.port || defaultPort);
  const line = await startTcpProxy({ host: target.hostname, port });
  target.host = `127.0.0.1:${line.port}`;
  return [line, target.href];
}

const fires = (query: string) =>
  eventually(
    async () => expect(await prometheus.seriesOf(query), query).toBeGreaterThan(0),
    45_000,
  );

/** Commits, queries right and wrong, a subscriber; then a line cut, a token refused, a worker killed. */
beforeAll(async () => {
  gitHub = await startGitHubStandIn();
  database = await createTestDatabase({ connectionsMax: 1 });
  broker = await openBrokerSpace();
  const [replicaLine, replicaUrl] = await lineTo(database.url, 5_432);
  const [rabbitmqLine, rabbitmqUrl] = await lineTo(broker.url, 5_672);
  replica = replicaLine;
  rabbitmq = rabbitmqLine;
  const env = {
    DATABASE_URL: database.url,
    RABBITMQ_URL: rabbitmqUrl,
    GITHUB_API_URL: gitHub.url,
    MIN_CHECK_INTERVAL: "1",
    MAX_CHECK_INTERVAL: "2",
  };
  processes.push(
    startTracker({ ...env, ROLES: "api", DATABASE_REPLICA_URLS: replicaUrl }),
    startTracker({ ...env, ROLES: "scheduler" }),
    startTracker({ ...env, ROLES: "worker", GITHUB_TOKENS: STAND_IN_TOKEN }),
    startTracker({ ...env, ROLES: "worker", GITHUB_TOKENS: `${STAND_IN_TOKEN},ghp_refused` }),
  );
  const urls = await Promise.all(processes.map((one) => one.url()));
  prometheus = await startPrometheus(urls.map((url) => new URL(url).host));
  const url = urls[0] ?? "";
  await fires('tracker_metrics_source_up{source="tables"}');
  await using _ = subscribe(url, COMMITS_INGESTED);
  await gitHub.addRepository({ owner: "octo", name: "watched" });
  const oids = await gitHub.commit("octo/watched", mergyHistory(120));
  await addRepository(url, "octo/watched");
  const isAt = (oid: string | undefined) =>
    eventually(async () =>
      expect((await readRepository(url, "octo/watched")).headOid).toBe(oid ?? ""),
    );
  await isAt(oids.at(-1));
  await gitHub.addRepository({ owner: "octo", name: "odd" });
  await gitHub.commit("octo/odd", [{ message: "one" }]);
  await post(url, "{ nothing }");
  await gitHub.injectFault({ answer: { status: 502 }, times: 2 });
  await addRepository(url, "octo/odd");
  const pushed = await gitHub.commit("octo/watched", [{ message: "two" }]);
  await isAt(pushed.at(-1));
  await fires("tracker:github_points_at_reset:predicted");
  replica.block();
  await fires('ALERTS{alertname="TrackerReplicaLeftOut"}');
  rabbitmq.block();
  await fires('ALERTS{alertname="TrackerBrokerAway"}');
  rabbitmq.restore();
  await Promise.all(processes.slice(2).map((one) => one.stop("SIGKILL")));
  await fires('ALERTS{alertname="TrackerNoWorker"}');
}, 120_000);

afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]();
  await Promise.all(processes.map((one) => one.stop()));
  await gitHub?.stop();
  await broker?.remove();
  await database?.[Symbol.asyncDispose]();
  for (const line of [replica, rabbitmq]) await line?.[Symbol.asyncDispose]();
});

async function emptyOf(queries: readonly { readonly place: string; readonly expr: string }[]) {
  const found = await Promise.all(
    queries.map(async ({ place, expr }) => ({ place, series: await prometheus.seriesOf(expr) })),
  );
  return found
    .filter(({ place, series }) => series === 0 && !isRightlyEmpty(place))
    .map(({ place }) => place);
}

it("every panel's query has data", async () => {
  expect(await emptyOf(panelQueries(RATE_INTERVAL))).toEqual([]);
});

it("every recording rule has data, and whatever an alert asks for is there", async () => {
  const asked = readRules().flatMap(({ expr, record }) => [
    ...(record === undefined ? [] : [record]),
    ...(expr.match(SELECTOR) ?? []),
  ]);
  expect(await emptyOf([...new Set(asked)].map((expr) => ({ place: expr, expr })))).toEqual([]);
});

it("the alerts of the faults that were injected are on, and those of what is well are not", async () => {
  const isOn = async (alert: string, state: string) =>
    (await prometheus.seriesOf(`ALERTS{alertname="${alert}",alertstate=~"${state}"}`)) > 0;
  const injected = ["TrackerNoWorker", "TrackerReplicaLeftOut", "TrackerBrokerAway"];
  for (const alert of injected) expect(await isOn(alert, "pending|firing"), alert).toBe(true);
  const well = [
    "TrackerNoApi",
    "TrackerDatabaseAway",
    "TrackerDiskFull",
    "TrackerGitHubPointsGone",
  ];
  for (const alert of well) expect(await isOn(alert, "firing"), alert).toBe(false);
});

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { runCommand } from "../support/command-line.js";
import { startPostgresCluster } from "../support/postgres-cluster.js";
import { signalPostmaster } from "../support/postmaster.js";
import { findRabbitmqServer, startBroker } from "../support/rabbitmq.js";
import { composeEnvironment } from "./compose-environment.js";
import { type NativeProcess, startNativeProcess } from "./native-process.js";

const run = promisify(execFile);
const PROCESSES = { api: 2, scheduler: 1, worker: 2 } as const;

export type ProcessService = keyof typeof PROCESSES;

export interface NativeServices extends AsyncDisposable {
  readonly processes: Readonly<Record<ProcessService, readonly NativeProcess[]>>;
  /** The first key of the API, a writer's. */
  readonly key: string;
  /** Sends a signal to a server of PostgreSQL, which then comes back. */
  signal(server: "postgres" | "replica", signal: NodeJS.Signals): Promise<void>;
  restartBroker(): Promise<void>;
}

/** What compose.yaml starts, as processes of this machine: the same services, as many, with the same variables. */
export async function startNativeServices(
  given: Readonly<Record<string, string>>,
  gitHubToken: string,
): Promise<NativeServices> {
  const closing: (() => Promise<unknown>)[] = [];
  const dispose = async () => {
    for (const close of closing.reverse()) await close();
  };
  try {
    const secretsFolder = await mkdtemp(join(tmpdir(), "tracker-topology-"));
    closing.push(() => rm(secretsFolder, { recursive: true, force: true }));
    const server = findRabbitmqServer();
    if (server === null)
      throw new Error("RabbitMQ is not installed (apt-get install rabbitmq-server)");
    const [cluster, broker] = await Promise.all([startPostgresCluster(1), startBroker(server)]);
    closing.push(
      () => broker.stop(),
      async () => await cluster[Symbol.asyncDispose](),
    );
    const [replica] = cluster.standbys;
    if (replica === undefined) throw new Error("there is no replica");
    const key = `ghct_${randomBytes(20).toString("hex")}`;
    const secrets = {
      ...{ "database-url": cluster.primaryUrl, "database-replica-urls": replica.url },
      ...{ "rabbitmq-url": broker.url, "github-tokens": gitHubToken, "api-key": key },
      "github-webhook-secret": randomBytes(32).toString("hex"),
    };
    for (const [name, value] of Object.entries(secrets)) {
      await writeFile(join(secretsFolder, name), `${value}\n`);
    }
    const place = { given, secretsFolder };
    const setup = ["keys", "create", "--given", "--name", "first", "--role", "writer"];
    const made = await runCommand(setup, await composeEnvironment("setup", place));
    if (made.code !== 0) throw new Error(made.stderr);
    const processes = { api: [], scheduler: [], worker: [] } as Record<
      ProcessService,
      NativeProcess[]
    >;
    for (const [service, count] of Object.entries(PROCESSES) as [ProcessService, number][]) {
      // One machine has each port once, and each service's scratch folder.
      const own = { PORT: "0", METRICS_PORT: "0", GIT_FOLDER: secretsFolder };
      const env = { ...(await composeEnvironment(service, place)), ...own };
      for (let n = 0; n < count; n += 1) {
        const started = await startNativeProcess(env);
        closing.push(() => started.stop());
        processes[service].push(started);
      }
    }
    const { command, env } = broker.control;
    const control = (order: string) => run(command, [order], { env, timeout: 60_000 });
    return {
      ...{ processes, key },
      signal: (name, signal) =>
        signalPostmaster(name === "postgres" ? cluster.primaryFolder : replica.folder, signal),
      async restartBroker() {
        await control("stop_app");
        await control("start_app");
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

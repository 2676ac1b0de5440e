import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, closeSync, constants, openSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "amqplib";

const START_TIMEOUT_MS = 60_000; // 3 to 6 s on two idle cores
const DEBIAN_LIBRARY = "/usr/lib/rabbitmq";
const USUAL_FOLDERS = ["/usr/local/sbin", "/opt/homebrew/sbin", "/usr/sbin"];

/** A throw-away broker of our own, on loopback. */
export interface Broker {
  readonly url: string;
  /** How to speak to it as its administrator. */
  readonly control: BrokerControl;
  /** Kills it and removes its files. */
  stop(): Promise<void>;
}

/** `rabbitmqctl` and what it needs in its environment. */
export interface BrokerControl {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Whether a broker accepts this URL's credentials. */
export async function answersAmqp(url: string): Promise<boolean> {
  try {
    const connection = await connect(url, { timeout: 3_000 });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

/** The server script of an installed RabbitMQ, or null. */
export function findRabbitmqServer(): string | null {
  // Debian's /usr/sbin/rabbitmq-server runs for root and its own user only; the script behind it for anyone.
  const folders = [
    ...listFolders(join(DEBIAN_LIBRARY, "lib")).map((name) =>
      join(DEBIAN_LIBRARY, "lib", name, "sbin"),
    ),
    ...(process.env.PATH ?? "").split(delimiter),
    ...USUAL_FOLDERS,
  ];
  return findExecutable("rabbitmq-server", folders);
}

/** Starts a broker with node name, ports, cookie, epmd and folders of its own, from any account. */
export async function startBroker(server: string): Promise<Broker> {
  const folder = await mkdtemp(join(tmpdir(), "tracker-rabbitmq-"));
  await mkdir(join(folder, "log"));
  const [port, distributionPort, epmdPort] = await freePorts(3);
  const log = openSync(join(folder, "output.log"), "a");
  const node = `tracker-${port}@localhost`;
  const guard = spawn("/bin/sh", ["-c", GUARD], {
    stdio: ["pipe", log, log],
    detached: true, // Ctrl-C must reach only the test run; the guard hears of its end through the pipe
    cwd: folder,
    env: {
      PATH: [process.env.PATH, "/usr/sbin", "/usr/local/sbin"].join(delimiter),
      FOLDER: folder,
      SERVER: server,
      EPMD: findEpmd(),
      HOME: folder, // Erlang keeps its cookie here
      LANG: "C.UTF-8",
      ERL_EPMD_PORT: String(epmdPort),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      RABBITMQ_NODENAME: node,
      RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distributionPort),
      RABBITMQ_MNESIA_BASE: join(folder, "data"),
      RABBITMQ_LOG_BASE: join(folder, "log"),
      RABBITMQ_PID_FILE: join(folder, "server.pid"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
      RABBITMQ_GENERATED_CONFIG_DIR: join(folder, "generated"),
      RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq"),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "advanced"),
      RABBITMQ_CONF_ENV_FILE: join(folder, "environment"),
    },
  });
  closeSync(log);
  const ended = once(guard, "exit");
  const stop = async () => {
    guard.stdin?.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  try {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await answersAmqp(url))) {
      if (Date.now() > deadline || guard.exitCode !== null) throw await startFailure(folder);
      await delay(100);
    }
    const control = {
      command: join(dirname(server), "rabbitmqctl"),
      env: {
        PATH: [process.env.PATH, "/usr/sbin", "/usr/local/sbin"].join(delimiter),
        HOME: folder,
        LANG: "C.UTF-8",
        ERL_EPMD_PORT: String(epmdPort),
        RABBITMQ_NODENAME: node,
        RABBITMQ_CONF_ENV_FILE: join(folder, "environment"),
      },
    };
    return { url, control, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// However the test run ends (even by kill -9), its end of the pipe closes, `cat` returns and all is tidied up.
const GUARD = `
"$EPMD" -port "$ERL_EPMD_PORT" & epmd=$!
"$SERVER" &
cat >/dev/null
kill -KILL "$epmd" $(cat "$FOLDER/server.pid")
wait
rm -rf "$FOLDER"
`;

async function startFailure(folder: string): Promise<Error> {
  const output = await readFile(join(folder, "output.log"), "utf8");
  const lastLine = output.trim().split("\n").at(-1);
  return new Error(`The private RabbitMQ did not start: ${lastLine}`);
}

function findEpmd(): string {
  const erlang = listFolders("/usr/lib/erlang")
    .filter((name) => name.startsWith("erts-"))
    .map((name) => join("/usr/lib/erlang", name, "bin"));
  const path = (process.env.PATH ?? "").split(delimiter);
  return findExecutable("epmd", [...path, ...erlang]) ?? "epmd";
}

function findExecutable(name: string, folders: string[]): string | null {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return null;
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

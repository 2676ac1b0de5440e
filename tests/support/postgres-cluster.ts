import { appendFile, chown, cp, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";
import { migrate } from "../../src/postgres/migrate.js";
import { execute } from "./postgres.setup.js";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.js";

export interface Standby {
  /** Through `line`. */
  readonly url: string;
  /** Between whoever asks and the server: to cut, to stall. */
  readonly line: TcpProxy;
  /** Where the server has its data; killed, it comes back by itself. */
  readonly folder: string;
  /** What is written on the primary is received, and not to be seen here, until it is resumed. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
}

export interface PostgresCluster extends AsyncDisposable {
  readonly primaryUrl: string;
  readonly primaryFolder: string;
  readonly standbys: readonly Standby[];
}

const logger = pino({ level: "silent" });

/** A migrated PostgreSQL and standbys that stream from it: copies of its folder while it was stopped. */
export async function startPostgresCluster(size: number): Promise<PostgresCluster> {
  const folder = await mkdtemp(join(tmpdir(), "tracker-cluster-"));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const step of closing.reverse()) await step();
  };
  try {
    const dataDir = join(folder, "primary");
    const first = await startEmbeddedPostgres({ dataDir, logger });
    await migrate(first.url);
    await first.stop();
    const folders = Array.from({ length: size }, (_, index) => join(folder, `standby-${index}`));
    for (const copy of folders)
      await cp(dataDir, copy, { recursive: true, preserveTimestamps: true });
    const primary = await startEmbeddedPostgres({ dataDir, logger });
    closing.push(() => primary.stop());
    const standbys: Standby[] = [];
    for (const copy of folders) {
      await makeStandby(copy, dataDir, primary.url);
      const server = await startEmbeddedPostgres({ dataDir: copy, logger });
      closing.push(() => server.stop());
      const url = new URL(server.url);
      const line = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
      closing.push(async () => await line[Symbol.asyncDispose]());
      url.port = String(line.port);
      standbys.push({
        url: url.href,
        line,
        folder: join(copy, "postgres"),
        pauseReplay: () => execute(server.url, "select pg_wal_replay_pause()"),
        resumeReplay: () => execute(server.url, "select pg_wal_replay_resume()"),
      });
    }
    const primaryFolder = join(dataDir, "postgres");
    return { primaryUrl: primary.url, primaryFolder, standbys, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeStandby(copy: string, original: string, primaryUrl: string): Promise<void> {
  const { uid, gid } = await stat(join(original, "postgres"));
  const { hostname, port, username, password } = new URL(primaryUrl);
  const data = join(copy, "postgres");
  const source = `host=${hostname} port=${port} user=${username} password=${password}`;
  await appendFile(join(data, "postgresql.auto.conf"), `primary_conninfo = '${source}'\n`);
  await writeFile(join(data, "standby.signal"), "");
  await own(data, uid, gid);
}

/** A copy belongs to whoever copied; PostgreSQL wants its own. */
async function own(path: string, uid: number, gid: number): Promise<void> {
  await chown(path, uid, gid);
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
    await chown(join(entry.parentPath, entry.name), uid, gid);
  }
}

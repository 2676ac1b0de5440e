import { mkdir, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { TrackerError } from "../domain/errors.js";
import { findBinaries } from "./embedded/binaries.js";
import {
  initialiseDataFolder,
  inspectDataFolder,
  placesIn,
  readPassword,
} from "./embedded/data-folder.js";
import { folderError } from "./embedded/folder-error.js";
import { claimFolder, isFolderOwned } from "./embedded/folder-owner.js";
import { KeptServer } from "./embedded/kept-server.js";
import { linkLibraries } from "./embedded/library-links.js";
import { connectionUrl, freePort, notedServer, tryConnect } from "./embedded/server.js";
import { chooseUser } from "./embedded/server-user.js";

const OWNER_START_MS_MAX = 30_000;

export interface EmbeddedPostgres {
  /** The same for as long as it runs, also when the server had to be started again. */
  readonly url: string;
  /** Ends it with PostgreSQL's fast shutdown. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Holds `postgres/`, its password and its log; made when missing. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** The server is gone and cannot be started again: nothing that stands on it can go on. */
  readonly onLost?: (error: TrackerError) => void;
}

/**
 * Real PostgreSQL from npm's binaries, on loopback, keeping its data between starts.
 *
 * One owner at a time: a second start on the same folder is refused. A server left behind by an
 * owner that was killed is taken over, and one that is killed is started again. A folder that
 * cannot be used is named in one line, with what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDir } = options;
  try {
    await mkdir(dataDir, { recursive: true });
    const ownership = await claimFolder(dataDir);
    if (ownership === null) {
      throw new TrackerError(
        "DATABASE_UNAVAILABLE",
        `Another tracker is running on ${dataDir}. Stop it, or choose another folder with DATA_DIR.`,
      );
    }
    try {
      const { url, stop } = await startOwned(options);
      return { url, stop: () => stop().finally(() => ownership.release()) };
    } catch (error) {
      await ownership.release();
      throw error;
    }
  } catch (cause) {
    throw folderError(dataDir, cause);
  }
}

async function startOwned({
  dataDir,
  logger,
  onLost = ({ message }) => logger.fatal(message),
}: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  await linkLibraries(binaries);
  const user = await chooseUser(placesIn(dataDir).folder);
  const { password } =
    (await inspectDataFolder(dataDir, binaries)) ??
    (await initialiseDataFolder(dataDir, { binaries, user }));
  const left = await findRunning(dataDir, password);
  if (left !== null) logger.info({ dataDir, ...left }, "took over a running embedded postgresql");
  const place = { dataDir, binaries, user, password, port: left?.port ?? (await freePort()) };
  const server = new KeptServer({ place, logger, onLost });
  await server.start();
  return { url: connectionUrl(place), stop: () => server.stop() };
}

/**
 * The same database for a short look: of the tracker that runs on it, whose it stays, or else started
 * for as long.
 */
export async function reachEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDir } = options;
  const deadline = Date.now() + OWNER_START_MS_MAX;
  for (;;) {
    const url = await urlOfRunning(dataDir);
    if (url !== null) return { url, stop: async () => {} };
    const isStarting = await isFolderOwned(dataDir);
    if (!isStarting || Date.now() > deadline) return await startEmbeddedPostgres(options);
    await delay(100);
  }
}

/** Where the database of the folder answers; null when it does not. */
export async function urlOfRunning(dataDir: string): Promise<string | null> {
  const password = await readPassword(placesIn(dataDir).passwordFile).catch(() => null);
  if (password === null) return null;
  const running = await findRunning(dataDir, password);
  return running === null || running.isBusy
    ? null
    : connectionUrl({ port: running.port, password });
}

interface RunningServer {
  readonly port: number;
  /** It takes no connections now: it is starting, or about to end. */
  readonly isBusy: boolean;
}

/** The server that runs on this very folder, and not on the one that this is a copy of. */
async function findRunning(dataDir: string, password: string): Promise<RunningServer | null> {
  const noted = await notedServer(dataDir);
  if (noted === null) return null;
  const { port } = noted;
  const session = await tryConnect({ port, password }).catch(() => null);
  if (session === null) return null;
  if (session === "busy") {
    return (await isFolderOf(dataDir, noted.folder)) ? { port, isBusy: true } : null;
  }
  try {
    const { rows } = await session.query<{ path: string }>(
      "select current_setting('data_directory') as path",
    );
    return (await isFolderOf(dataDir, rows[0]?.path ?? "")) ? { port, isBusy: false } : null;
  } finally {
    await session.end();
  }
}

async function isFolderOf(dataDir: string, path: string): Promise<boolean> {
  const [own, its] = await Promise.all([
    stat(placesIn(dataDir).folder),
    stat(path).catch(() => null),
  ]);
  return own.dev === its?.dev && own.ino === its.ino;
}

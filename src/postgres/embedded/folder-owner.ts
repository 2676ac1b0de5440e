import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm, symlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Longer than another that begins at the same time takes to withdraw. */
const OTHERS_MS_MAX = 1_000;
const CONNECT_MS_MAX = 1_000;
/** Of 104 on macOS and 108 on Linux, less the name of the socket. */
const FOLDER_BYTES_MAX = 80;

export interface FolderOwnership {
  release(): Promise<void>;
}

/**
 * Makes this process the owner of a folder, until it releases it or ends, however it ends. Null: another
 * is.
 *
 * Each claim is a listening socket under a name of its own: the kernel alone says whether whoever made it
 * still lives, and what a dead one left is removed without mistaking another for it. Whoever
 * finds no other claim after having made its own is the owner; of two at once the first by name.
 */
export async function claimFolder(dataDir: string): Promise<FolderOwnership | null> {
  const claims = join(dataDir, "owners");
  await mkdir(claims, { recursive: true });
  const name = randomBytes(6).toString("hex");
  const server = await withShortPath(claims, (path) => listen(join(path, `.${name}`)));
  const release = async () => {
    await rm(join(claims, name), { force: true });
    await new Promise((closed) => server.close(closed));
  };
  try {
    await rename(join(claims, `.${name}`), join(claims, name)); // seen once it answers
    const deadline = Date.now() + OTHERS_MS_MAX;
    for (;;) {
      const others = (await livingClaims(claims)).filter((other) => other !== name);
      if (others.length === 0) return { release };
      if (others.some((other) => other < name) || Date.now() >= deadline) break;
      await delay(20);
    }
  } catch (error) {
    await release();
    throw error;
  }
  await release();
  return null;
}

export async function isFolderOwned(dataDir: string): Promise<boolean> {
  return (await livingClaims(join(dataDir, "owners"), { isLookOnly: true })).length > 0;
}

async function livingClaims(claims: string, { isLookOnly = false } = {}): Promise<string[]> {
  const names = await readdir(claims).catch(() => []);
  return await withShortPath(claims, async (path) => {
    const living: string[] = [];
    for (const name of names.filter((each) => !each.startsWith("."))) {
      if (await answers(join(path, name))) living.push(name);
      else if (!isLookOnly) await rm(join(claims, name), { force: true });
    }
    return living;
  });
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((listening, reject) => {
    server.once("error", reject);
    server.listen(path, listening);
  });
  return server.unref();
}

/** Whoever is too busy to take a connection, or lets only others in, lives. */
function answers(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    const end = (isLiving: boolean) => {
      socket.destroy();
      done(isLiving);
    };
    socket.setTimeout(CONNECT_MS_MAX, () => end(true));
    socket.once("connect", () => end(true));
    socket.once("error", ({ code }: NodeJS.ErrnoException) =>
      end(code !== "ECONNREFUSED" && code !== "ENOENT"),
    );
  });
}

/** A socket's path may have a hundred bytes: a longer one is reached through a link. */
async function withShortPath<T>(folder: string, work: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(folder) <= FOLDER_BYTES_MAX) return await work(folder);
  const link = await mkdtemp(join(tmpdir(), "tracker-"));
  try {
    await symlink(resolve(folder), join(link, "d"));
    return await work(join(link, "d"));
  } finally {
    await rm(link, { recursive: true, force: true });
  }
}

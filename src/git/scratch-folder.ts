import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/** After which what another machine has left on a shared disk is nobody's: no history is read for so long. */
const ABANDONED_MS = 24 * 3_600 * 1_000;
const NAME = /^tracker-history_(.+)_(\d+)_([a-z\d]+)_\w{6}$/;
/** Tells this process from an earlier one with its id, as each in a container has. */
const OWN_START = Math.round(performance.timeOrigin).toString(36);

/** A new folder that says whose it is. */
export async function makeScratchFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  const owner = `${hostname()}_${process.pid}_${OWN_START}`;
  return await mkdtemp(join(parent, `tracker-history_${owner}_`));
}

/** However full it is, and whoever has just been writing into it. */
export async function removeScratchFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Removes what processes have left that are gone. Never rejects: what cannot be removed stays. */
export async function removeLeftovers(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const folder = join(parent, name);
    if (await isLeft(folder, name)) await removeScratchFolder(folder).catch(() => {});
  }
}

async function isLeft(folder: string, name: string): Promise<boolean> {
  const [match, host, pid, start] = NAME.exec(name) ?? [];
  if (match === undefined) return false;
  if (host === hostname()) {
    const isOwn = Number(pid) === process.pid;
    return isOwn ? start !== OWN_START : !isAlive(Number(pid));
  }
  const facts = await stat(folder).catch(() => null);
  return facts !== null && Date.now() - facts.mtimeMs > ABANDONED_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // another user's
  }
}

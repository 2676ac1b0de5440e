import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Sends a signal to the PostgreSQL that runs on a folder of its data. */
export async function signalPostmaster(folder: string, signal: NodeJS.Signals): Promise<void> {
  const [pid] = (await readFile(join(folder, "postmaster.pid"), "utf8")).split("\n");
  process.kill(Number(pid), signal);
}

import { readFileSync } from "node:fs";
import type { TrackerProcess } from "./tracker-process.js";

const KB = 1_024;

/** What a process has in memory now, in bytes. */
export function residentBytes({ child }: TrackerProcess): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * KB;
}

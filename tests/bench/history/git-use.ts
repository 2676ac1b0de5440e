import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const LOOK_EACH_MS = 250;
const MIB = 1_048_576;

/** What git takes at most while histories are read in a folder. */
export interface GitUse {
  /** Of memory, by its command. */
  readonly peakMiB: Readonly<Record<string, number>>;
  readonly diskMiB: number;
}

/** Looks often, from now until it is stopped. */
export function watchGit(folder: string): { stop(): GitUse } {
  const peakMiB: Record<string, number> = {};
  let diskBytes = 0;
  const timer = setInterval(() => {
    diskBytes = Math.max(diskBytes, bytesIn(folder));
    for (const { command, mib } of processesIn(folder)) {
      peakMiB[command] = Math.max(peakMiB[command] ?? 0, mib);
    }
  }, LOOK_EACH_MS);
  return {
    stop() {
      clearInterval(timer);
      return { peakMiB, diskMiB: Math.round(diskBytes / MIB) };
    },
  };
}

export function memoryText({ peakMiB }: GitUse): string {
  return Object.entries(peakMiB)
    .map(([command, mib]) => `${command} ${mib}`)
    .join(", ");
}

const COMMANDS = ["index-pack", "rev-list", "cat-file"];

function processesIn(folder: string): { command: string; mib: number }[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid)) return [];
      const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      if (!args.some((arg) => arg.startsWith(`--git-dir=${folder}`))) return [];
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const command = COMMANDS.find((each) => args.includes(each)) ?? "git";
      const kib = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]);
      return [{ command, mib: Math.round(kib / 1_024) }];
    } catch {
      return []; // it has just ended
    }
  });
}

export function bytesIn(folder: string): number {
  try {
    return readdirSync(folder, { withFileTypes: true }).reduce((sum, each) => {
      const path = join(folder, each.name);
      return sum + (each.isDirectory() ? bytesIn(path) : statSync(path).size);
    }, 0);
  } catch {
    return 0; // it has just been removed
  }
}

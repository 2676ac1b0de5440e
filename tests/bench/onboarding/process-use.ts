import { readFile } from "node:fs/promises";

const TICKS_A_SECOND = 100; // USER_HZ, the same on every Linux

export interface ProcessUse {
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

/** Of one process, without its children; null where there is no /proc. */
export async function readProcessUse(pid: number): Promise<ProcessUse | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    // The name in brackets may hold spaces; utime and stime are the 14th and 15th field of all.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    const peakKiB = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]);
    return { cpuSeconds: ticks / TICKS_A_SECOND, peakMiB: peakKiB / 1_024 };
  } catch {
    return null;
  }
}

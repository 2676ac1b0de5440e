import type { Gauge } from "prom-client";

export interface SourceOptions<T> {
  /** Told where it could not be read. */
  readonly name: string;
  /** What it sets; where it cannot be read they say nothing, rather than what was. */
  readonly gauges: readonly Gauge[];
  read(): T | Promise<T>;
  set(value: T): void;
  /** How long what was read is good for, at least; what takes long to read is good for longer. Default: 0. */
  readonly keptMs?: number;
}

export interface Source {
  /** Sets the gauges. Resolves in time; never rejects. */
  refresh(): Promise<void>;
}

const READ_MS_MAX = 2_000;
/** Reading takes a fiftieth of the time at most, however often it is asked for. */
const REST_FACTOR = 50;

/**
 * What is read for the metrics. However many ask, one reading is under way at a time: of what does not
 * answer there is never a second.
 */
export function createSource<T>(
  { name, gauges, read, set, keptMs = 0 }: SourceOptions<T>,
  isUp: Gauge<"source">,
): Source {
  let underWay: Promise<void> | null = null;
  let goodUntilMs = 0;

  function tell(value: { readonly read: T } | null): void {
    for (const gauge of gauges) {
      gauge.reset();
      gauge.remove({}); // one without labels would say 0
    }
    isUp.set({ source: name }, value === null ? 0 : 1);
    if (value !== null) set(value.read);
  }

  async function readOnce(): Promise<void> {
    const beganMs = performance.now();
    let factor = 0;
    try {
      const value = await read();
      tell({ read: value });
      factor = REST_FACTOR;
    } catch {
      tell(null);
    }
    const endedMs = performance.now();
    goodUntilMs = keptMs === 0 ? 0 : endedMs + Math.max(keptMs, factor * (endedMs - beganMs));
  }

  return {
    async refresh() {
      if (underWay === null && performance.now() < goodUntilMs) return;
      underWay ??= readOnce().finally(() => {
        underWay = null;
      });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<"late">((resolve) => {
        timer = setTimeout(() => resolve("late"), READ_MS_MAX);
      });
      if ((await Promise.race([underWay, late])) === "late") tell(null);
      clearTimeout(timer);
    },
  };
}

import type { Logger } from "pino";
import type { Fanout } from "../fanout/fanout.js";
import type { Database } from "../postgres/database.js";
import { fillNext } from "./fill-projection.js";
import type { Projection } from "./projection.js";

export interface FillerDependencies {
  readonly database: Pick<Database, "transaction">;
  readonly fanout: Pick<Fanout, "listen">;
  readonly projections: readonly Projection[];
  readonly logger: Logger;
  /** From a ring to the filling, so that more may come with it. */
  readonly gatherMs?: number;
  /** Without a ring: rings may be lost. */
  readonly heartbeatMs?: number;
}

const GATHER_MS = 500;
const HEARTBEAT_MS = 10_000;
/** After a failure, and while somebody else fills, who may end before what has come since. */
const RETRY_MS = 1_000;

/** Settling, which may count the same again after each push, has a tenth of the time. */
const PAUSE_FACTOR = 9;

/**
 * Keeps projections filled, soon after the fanout rings; each by itself, so that one's trouble holds up
 * no other. Any number of processes may: one at a time fills a projection, and the others pass it by.
 */
export async function startFilling({
  fanout,
  projections,
  gatherMs = GATHER_MS,
  heartbeatMs = HEARTBEAT_MS,
  ...dependencies
}: FillerDependencies): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const filled = projections.map((projection) => ({ projection, bell: createBell(signal) }));
  const silence = await fanout.listen(() => {
    for (const { bell } of filled) bell.ring();
  });
  const running = filled.map(async ({ projection, bell }) => {
    const step: Step = { commitsMax: projection.commitsMax, settlesAtMs: 0 };
    while (!signal.aborted) {
      const isOver = await fill(projection, step, dependencies, signal);
      const untilSettledMs = step.settlesAtMs - performance.now();
      const msMax = untilSettledMs > 0 ? Math.min(untilSettledMs, heartbeatMs) : heartbeatMs;
      await (isOver ? bell.rung(msMax) : bell.pause(RETRY_MS));
      await bell.pause(gatherMs);
    }
  });
  return {
    async stop() {
      stopping.abort();
      await silence();
      await Promise.all(running);
    },
  };
}

interface Step {
  commitsMax: number;
  /** Of this process's clock; until then events are filled, and nothing is settled. */
  settlesAtMs: number;
}

/** The same projection as it may be filled now. */
function forStep({ settle, ...projection }: Projection, step: Step): Projection {
  const now = { ...projection, commitsMax: step.commitsMax };
  if (settle === undefined || performance.now() < step.settlesAtMs) return now;
  return {
    ...now,
    async settle(tx) {
      const beganMs = performance.now();
      const isMore = await settle(tx);
      const endedMs = performance.now();
      step.settlesAtMs = isMore ? endedMs + PAUSE_FACTOR * (endedMs - beganMs) : 0;
      return isMore;
    },
  };
}

/**
 * False when it is to be tried again. What fails may be too much at once: the next step is half of it, and
 * twice as much after each that succeeds.
 */
async function fill(
  projection: Projection,
  step: Step,
  { database, logger }: Pick<FillerDependencies, "database" | "logger">,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    while (!signal.aborted) {
      const filled = await fillNext(database, forStep(projection, step));
      step.commitsMax = Math.min(2 * step.commitsMax, projection.commitsMax);
      if (filled !== "MORE") return filled === "UP_TO_DATE";
    }
    return true;
  } catch (err) {
    step.commitsMax = Math.max(1, Math.floor(step.commitsMax / 2));
    logger.warn({ err, projection: projection.name }, "not filled, trying again");
    return false;
  }
}

interface Bell {
  ring(): void;
  /** Resolves at once when it was rung since the last time, else when it is, or the time is over. */
  rung(msMax: number): Promise<void>;
  pause(ms: number): Promise<void>;
}

function createBell(signal: AbortSignal): Bell {
  let isRung = false;
  let wake = () => {};
  async function sleep(ms: number, mayWake: boolean): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done, { once: true });
      if (mayWake) wake = done;
    });
    wake = () => {};
  }
  return {
    ring() {
      isRung = true;
      wake();
    },
    async rung(msMax) {
      if (!isRung) await sleep(msMax, true);
      isRung = false;
    },
    pause: (ms) => sleep(ms, false),
  };
}

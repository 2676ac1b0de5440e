import type { Logger } from "pino";
import type { Fanout } from "../fanout/fanout.js";
import type { Database } from "../postgres/database.js";
import { createBell } from "./bell.js";
import { fillNext } from "./fill-projection.js";
import { createGathering, type Gathering } from "./gathering.js";
import type { Projection } from "./projection.js";

export interface FillerDependencies {
  readonly database: Pick<Database, "transaction">;
  readonly fanout: Pick<Fanout, "listen">;
  readonly projections: readonly Projection[];
  readonly logger: Logger;
  /** From a ring to the filling, so that more may come with it. */
  readonly gatherMs?: number;
  /** The longest that a step waits to be whole, while it rings. */
  readonly gatherMsMax?: number;
  /** Without a ring: rings may be lost. */
  readonly heartbeatMs?: number;
}

const GATHER_MS = 500;
/** What is filled together costs least, and a first history that comes in is in no need of the time. */
const GATHER_MS_MAX = 5_000;
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
  gatherMsMax = GATHER_MS_MAX,
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
      const gathering = createGathering(bell, { gatherMs, gatherMsMax });
      const isOver = await fill(projection, step, gathering, dependencies, signal);
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
  gathering: Gathering,
  { database, logger }: Pick<FillerDependencies, "database" | "logger">,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    while (!signal.aborted) {
      const isWholeOnly = gathering.isOn();
      const filled = await fillNext(database, forStep(projection, step), { isWholeOnly });
      if (filled === "TOO_FEW") {
        await gathering.pause();
        continue;
      }
      step.commitsMax = Math.min(2 * step.commitsMax, projection.commitsMax);
      if (filled !== "MORE") return filled === "UP_TO_DATE";
      if (!isWholeOnly) gathering.restart();
    }
    return true;
  } catch (err) {
    step.commitsMax = Math.max(1, Math.floor(step.commitsMax / 2));
    logger.warn({ err, projection: projection.name }, "not filled, trying again");
    return false;
  }
}

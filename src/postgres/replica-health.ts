import type { Logger } from "pino";
import { openProbe, type Probe } from "./probe.js";
import { lagMs, type Milestone, type Position } from "./replica-lag.js";

export interface ReplicaState {
  /** Host and port, for logs and metrics. */
  readonly name: string;
  readonly isUsed: boolean;
  /** As last checked; null when it did not answer, or not yet. */
  readonly lagMs: number | null;
}

export interface ReplicaHealth {
  /** In the order of their addresses. */
  states(): readonly ReplicaState[];
  /** A query failed there: not used until a check, which is begun at once, finds it well. */
  suspect(index: number): void;
  stop(): Promise<void>;
}

export interface ReplicaChecks {
  readonly logger: Logger;
  /** Called with every check. */
  readonly onChecked?: (state: ReplicaState) => void;
  /** Default: two seconds. */
  readonly checkMs?: number;
  /** What is further behind is not used. Default: five seconds. */
  readonly lagMsMax?: number;
}

const CHECK_MS = 2_000;
const LAG_MS_MAX = 5_000;
/** A check that is not answered by then has failed. */
const ANSWER_MS_MAX = 2_000;
const MILESTONES_MAX = 100;

/**
 * Looks at every replica again and again: used are those that answer and have what the primary had
 * a moment ago. None is used before its first check. While the primary is away there is nothing new to
 * miss: those that have all of it stay.
 */
export function watchReplicas(
  primaryUrl: string,
  replicaUrls: readonly string[],
  { logger, onChecked, checkMs = CHECK_MS, lagMsMax = LAG_MS_MAX }: ReplicaChecks,
): ReplicaHealth {
  const primary = openProbe(primaryUrl, { withinMs: ANSWER_MS_MAX });
  const replicas = replicaUrls.map((url) => ({
    name: serverName(url),
    probe: openProbe(url, { withinMs: ANSWER_MS_MAX }),
  }));
  const states: ReplicaState[] = replicas.map(({ name }) => ({ name, isUsed: false, lagMs: null }));
  const reasons = new Map<number, string>();
  let milestones: Milestone[] = [];
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let checking: Promise<void> | null = null;
  let isWanted = false;

  function set(index: number, lag: number | null, fault: string | null): void {
    const before = states[index];
    if (before === undefined) return;
    states[index] = { ...before, isUsed: fault === null, lagMs: lag };
    const { name } = before;
    if (fault === null) {
      if (!before.isUsed) logger.info({ replica: name, lagMs: lag }, "replica is used for queries");
      reasons.delete(index);
    } else if (reasons.get(index) !== fault) {
      logger.warn({ replica: name, lagMs: lag, reason: fault }, "replica is left out");
      reasons.set(index, fault);
    }
  }

  async function checkOne(index: number, probe: Probe): Promise<void> {
    try {
      const { isStandby, position } = await readPosition(probe);
      const lag = lagMs(position, milestones, Date.now());
      if (!isStandby) set(index, null, "it is no standby");
      else set(index, lag, lag <= lagMsMax ? null : "it lags");
    } catch (error) {
      set(
        index,
        null,
        `it does not answer (${error instanceof Error ? error.message : "unknown"})`,
      );
    }
  }

  async function checkAll(): Promise<void> {
    const at = Date.now();
    const seen = await readPosition(primary).catch(() => null);
    if (seen !== null) {
      // One that has less than what is forgotten here is far behind in any case.
      const kept = milestones.filter((one) => at - one.at <= 2 * lagMsMax + checkMs);
      milestones = [...kept, { at, position: seen.position }].slice(-MILESTONES_MAX);
    }
    await Promise.all(replicas.map(({ probe }, index) => checkOne(index, probe)));
    for (const state of states) onChecked?.(state);
  }

  function check(): void {
    clearTimeout(timer);
    if (checking !== null) {
      isWanted = true;
      return;
    }
    checking = checkAll().finally(() => {
      checking = null;
      if (isStopped) return;
      timer = setTimeout(check, isWanted ? 0 : checkMs).unref();
      isWanted = false;
    });
  }

  check();
  return {
    states: () => states,
    suspect(index) {
      if (states[index]?.isUsed) set(index, null, "a query failed there");
      if (!isStopped) check();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await checking;
      await Promise.all([primary, ...replicas.map(({ probe }) => probe)].map((one) => one.close()));
    },
  };
}

interface Answer {
  readonly standby: boolean;
  readonly lsn: string | null;
  readonly sequence: string | null;
}

async function readPosition(probe: Probe): Promise<{ isStandby: boolean; position: Position }> {
  const [row] = await probe.ask<Answer>(
    `select pg_is_in_recovery() as standby, (select sequence from feed) as sequence,
            (case when pg_is_in_recovery() then pg_last_wal_replay_lsn()
                  else pg_current_wal_lsn() end - '0/0')::bigint as lsn`,
  );
  if (row === undefined) throw new Error("it has no answer");
  const { standby, lsn, sequence } = row;
  const position = { lsn: lsn === null ? null : BigInt(lsn), sequence: BigInt(sequence ?? 0) };
  return { isStandby: standby, position };
}

/** Host and port, for logs and metrics. */
export function serverName(url: string): string {
  const { host } = new URL(url);
  return host === "" ? "local" : host;
}

import Bottleneck from "bottleneck";
import { isPacing, type WaitReason } from "../domain/rate-budget.js";
import type { Wait } from "./wait.js";

/** Requests of this process at once for one user and purpose; GitHub's own limit for all is 100. */
export const AT_ONCE = 10;
/** Another process may have heard of more points: a wait for them is believed for so long. */
const POINTS_BELIEVED_MS = 60_000;

/** What this process sends for one user and purpose. */
export interface Lane {
  readonly limiter: Bottleneck;
  /** One asks the ledger at a time: what it is told holds for all that wait here. */
  readonly gate: Bottleneck;
  /** Running and waiting. */
  taken: number;
  wait: Wait | null;
  /** When the ledger may be asked again although the wait is not over. */
  believedUntilMs: number;
  /** Refusals for pacing in a row. */
  misses: number;
}

export function openLane(): Lane {
  return {
    limiter: new Bottleneck({ maxConcurrent: AT_ONCE }),
    gate: new Bottleneck({ maxConcurrent: 1 }),
    taken: 0,
    wait: null,
    believedUntilMs: 0,
    misses: 0,
  };
}

/** Null: it is worth while to ask the ledger. */
export function waitOf({ wait, believedUntilMs }: Lane, nowMs: number): Wait | null {
  if (wait === null) return null;
  return Math.min(wait.until.getTime(), believedUntilMs) > nowMs ? wait : null;
}

export function keepWait(lane: Lane, wait: Wait, nowMs: number): void {
  lane.wait = wait;
  lane.believedUntilMs = isForPoints(wait.reason)
    ? nowMs + POINTS_BELIEVED_MS
    : Number.POSITIVE_INFINITY;
}

export function forgetPacing(lane: Lane): void {
  if (lane.wait !== null && isPacing(lane.wait.reason)) lane.wait = null;
}

export function forgetPoints(lane: Lane): void {
  if (lane.wait !== null && isForPoints(lane.wait.reason)) lane.wait = null;
}

function isForPoints(reason: WaitReason): boolean {
  return reason === "points" || reason === "reserve";
}

import { isTrackerError, TrackerError } from "../domain/errors.js";
import type { TaskKind } from "./task.js";

export function queueUnavailable(message: string, cause?: unknown): TrackerError {
  return new TrackerError("BROKER_UNAVAILABLE", `${message}.`, {}, { cause });
}

export function queueFull(kind: TaskKind): TrackerError {
  const message = `The queue of ${kind} tasks is full.`;
  return new TrackerError("BROKER_UNAVAILABLE", message, { isFull: true });
}

/** Whether a publish failed for want of room alone: the broker is well, and consumers make room. */
export function isQueueFull(error: unknown): boolean {
  return isTrackerError(error, "BROKER_UNAVAILABLE") && error.details.isFull === true;
}

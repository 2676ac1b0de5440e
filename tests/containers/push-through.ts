import { deepEqual, ok } from "node:assert/strict";
import { eventually } from "../support/eventually.js";
import type { FaithfulSubscriber } from "./faithful-subscriber.js";
import { RECOVERY_MS_MAX } from "./nothing-lost.js";
import type { Pushing } from "./pushing.js";

const PUSHES_MIN = 5;
const PUSHES_MS_MAX = 60_000;

/** Pushes all through a fault, then waits until what was pushed last has come: the worst delay, in milliseconds. */
export async function pushThrough(
  { pushing, subscriber }: { pushing: Pushing; subscriber: FaithfulSubscriber },
  fault: () => Promise<unknown>,
): Promise<number> {
  const { pushedAt } = pushing;
  const { seenAt } = subscriber;
  const before = pushedAt.size;
  await fault();
  await eventually(() => ok(pushedAt.size >= before + PUSHES_MIN), PUSHES_MS_MAX);
  const pushed = [...pushedAt].slice(before);
  const unseen = () => pushed.map(([oid]) => oid).filter((oid) => !seenAt.has(oid));
  await eventually(() => deepEqual(unseen(), []), RECOVERY_MS_MAX);
  return Math.max(...pushed.map(([oid, at]) => (seenAt.get(oid) ?? 0) - at));
}

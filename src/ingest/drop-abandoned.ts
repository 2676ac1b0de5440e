import type { Oid } from "../domain/commit.js";
import type { Transaction } from "../postgres/database.js";
import { findOpen } from "../store/work/history-check.js";
import { forgetAstray, readPassed } from "../store/work/passed-store.js";
import { advanceWalk } from "./advance-walk.js";
import { lockWalk, type WalkTask } from "./store-page.js";

/**
 * What a walk wants and GitHub no longer has. After a rewrite what only the old head led to may be gone:
 * the frontier is what the head of now still needs. "needed" when that is among it; else the event's
 * sequence, if there is one.
 */
export async function dropAbandoned(
  tx: Transaction,
  { missingOid, ...task }: WalkTask & { readonly missingOid: Oid },
): Promise<bigint | "needed" | null> {
  const walk = await lockWalk(tx, task);
  if (walk === null || walk.observedOid === null) return null;
  const { repositoryId, trackFrom, observedOid } = walk;
  const frontier = await findOpen(tx, repositoryId, observedOid);
  if (trackFrom !== null) await forgetAstray(tx, repositoryId, frontier);
  const passed = trackFrom === null ? [] : await readPassed(tx, repositoryId);
  const needed = [...frontier, ...passed.map(({ oid }) => oid)];
  if (needed.includes(missingOid)) return "needed";
  const { by, scheduleOf } = task;
  const change = { walk, insert: [], frontier, position: null, kind: "LIVE", by } as const;
  const { sequence } = await advanceWalk(tx, { ...change, scheduleOf });
  return sequence;
}

import type { Oid } from "../domain/commit.js";
import { positionOf } from "../domain/walk.js";
import type { CommitsTold } from "../github/github.js";
import type { Transaction } from "../postgres/database.js";
import { readParents } from "../store/commits/commit-store.js";
import { decidePassed, findBeyond, readPassed, saveBeyond } from "../store/work/passed-store.js";
import { type Advanced, advanceWalk } from "./advance-walk.js";
import { lockWalk, type WalkTask } from "./store-page.js";

export interface BeyondPage extends WalkTask {
  /** Known to be beyond the start; they were asked for. */
  readonly asked: readonly Oid[];
  readonly page: CommitsTold;
}

/**
 * What lies behind commits that are beyond the start is so too, also where it was passed and undecided.
 * Null when the repository is gone or the pull is stale.
 */
export async function storeBeyond(tx: Transaction, request: BeyondPage): Promise<Advanced | null> {
  const walk = await lockWalk(tx, request);
  if (walk === null) return null;
  const { asked, page } = request;
  const told = new Map(page.commits.map(({ oid, parents }) => [oid, parents]));
  const named = [...new Set(page.commits.flatMap(({ oid, parents }) => [oid, ...parents]))];
  const stored = await readParents(tx, walk.repositoryId, named);
  const passed = await readPassed(tx, walk.repositoryId);
  const nodes = new Map(passed.map((one) => [one.oid, one]));
  const beyond = new Map<Oid, readonly Oid[] | null>();
  const open = new Set(asked);
  for (const oid of open) {
    const node = nodes.get(oid);
    const parents = told.get(oid) ?? stored.get(oid) ?? node?.parents ?? null;
    // What belongs though it lies there, as it is dated later, stays; the way goes on behind it.
    const belongs = stored.has(oid) || node?.isAdmitted === true;
    // What GitHub no longer has leads nowhere.
    if (!belongs) beyond.set(oid, parents ?? (asked.includes(oid) ? [] : null));
    for (const parent of parents ?? []) open.add(parent);
  }
  await saveBeyond(
    tx,
    walk.repositoryId,
    [...beyond].map(([oid, parents]) => ({ oid, parents })),
  );
  const frontier = walk.frontier.filter((oid) => !beyond.has(oid));
  return await advance(tx, request, { ...walk, frontier });
}

/**
 * Decides what has been passed: it belongs, and is stored by `storeAdmitted` from then on; or it is beyond
 * the start. Null as above, and when the walk has moved on meanwhile.
 */
export async function storeDecision(
  tx: Transaction,
  request: WalkTask & { readonly observedOid: Oid | null; readonly as: "ADMITTED" | "BEYOND" },
): Promise<Advanced | null> {
  const walk = await lockWalk(tx, request);
  if (walk === null || walk.observedOid !== request.observedOid) return null;
  await decidePassed(tx, walk.repositoryId, { frontier: walk.frontier, as: request.as });
  const beyond = await findBeyond(tx, walk.repositoryId, walk.frontier);
  const frontier = walk.frontier.filter((oid) => !beyond.has(oid));
  return await advance(tx, request, { ...walk, frontier });
}

/** Nothing is stored by it, but it may have been what the walk waited for. */
async function advance(
  tx: Transaction,
  { kind, by, scheduleOf }: WalkTask,
  walk: Parameters<typeof advanceWalk>[1]["walk"],
): Promise<Advanced> {
  const { frontier } = walk;
  const position = frontier.length === 0 ? null : positionOf(walk);
  return await advanceWalk(tx, { walk, insert: [], frontier, position, kind, by, scheduleOf });
}

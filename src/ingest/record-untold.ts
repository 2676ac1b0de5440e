import type { Commit, Oid } from "../domain/commit.js";
import type { Walk } from "../domain/repository.js";
import { attemptsAfter, isResting, restMs, type Untold } from "../domain/untold.js";
import type { RequestStep } from "../domain/walk.js";
import type { CommitsTold } from "../github/github.js";
import type { Transaction } from "../postgres/database.js";
import { findStored } from "../store/commits/commit-store.js";
import { type NotTold, readUntold, saveUntold } from "../store/work/passed-store.js";

/**
 * Where something of an answer is missing, what comes behind it is led to by nobody. It belongs all the
 * same, as GitHub lists it; but not what may be beyond the tracking start. In the order of the answer.
 */
export async function findBehind(
  tx: Transaction,
  { repositoryId, frontier, trackFrom }: Walk,
  commits: readonly Commit[],
): Promise<Oid[]> {
  const led = new Set([...frontier, ...commits.flatMap(({ parents }) => parents)]);
  const roots = commits
    .filter(({ oid }) => !led.has(oid))
    .filter(({ committedAt }) => trackFrom === null || committedAt >= trackFrom)
    .map(({ oid }) => oid);
  const stored = roots.length === 0 ? new Set() : await findStored(tx, repositoryId, roots);
  return roots.filter((oid) => !stored.has(oid));
}

/**
 * Writes down what a page was to tell and did not, and what lies behind it: by that, what is stored there is
 * reachable. Returns all that GitHub does not tell of the repository.
 */
export async function recordUntold(
  tx: Transaction,
  { repositoryId, untold }: Walk,
  {
    page: { odd },
    behind,
    frontier,
    step,
  }: {
    readonly page: CommitsTold;
    readonly behind: readonly Oid[];
    /** Afterwards. */
    readonly frontier: readonly Oid[];
    readonly step: RequestStep;
  },
): Promise<Untold[]> {
  const before = new Map(untold.map((one) => [one.oid, one]));
  const isAnyNameless = odd.some(({ oid }) => oid === null);
  const found = new Map<Oid, NotTold>();
  for (const oid of behind.length === 0 ? [] : frontier) {
    const known = before.get(oid);
    // Which one is missing is not said; but it is none that was given up before.
    const isIt = known === undefined ? isAnyNameless : !isResting(known);
    const attempts = known?.attempts ?? 0;
    if (isIt) found.set(oid, { oid, attempts, retryInMs: 0, error: null, behind });
  }
  const open = new Set(frontier);
  for (const { oid, error } of odd) {
    if (oid === null || !open.has(oid)) continue;
    const attempts = attemptsAfter(before.get(oid)?.attempts ?? 0, step.kind === "chains");
    found.set(oid, { oid, attempts, retryInMs: restMs(attempts), error: error.message, behind });
  }
  await saveUntold(tx, repositoryId, [...found.values()]);
  return await readUntold(tx, repositoryId);
}

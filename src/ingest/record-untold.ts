import type { Commit, Oid } from "../domain/commit.js";
import type { Walk } from "../domain/repository.js";
import { attemptsAfter, isResting, restMs, type Untold } from "../domain/untold.js";
import type { PageStep } from "../domain/walk.js";
import type { CommitsTold } from "../github/github.js";
import type { Transaction } from "../postgres/database.js";
import { findStored } from "../store/commits/commit-store.js";
import { type NotTold, readUntold, saveUntold } from "../store/work/passed-store.js";

/** In the order of the answer. */
export interface Behind {
  /** What comes behind something missing: nothing of the answer leads to it. */
  readonly roots: readonly Oid[];
  /** Of these, what is to be stored. */
  readonly open: readonly Oid[];
}

/**
 * Where something of an answer is missing, what comes behind it is led to by nobody. It belongs all the
 * same, as GitHub lists it; but once the tracking start is found, not what may be beyond it.
 */
export async function findBehind(
  tx: Transaction,
  { repositoryId, frontier, trackFrom, isStartFound }: Walk,
  commits: readonly Commit[],
  step: PageStep,
): Promise<Behind> {
  const wanted = new Set(frontier);
  const mayBeBeyond = ({ oid, committedAt }: Commit) =>
    isStartFound && trackFrom !== null && committedAt < trackFrom && !wanted.has(oid);
  const own = commits.filter((commit) => !mayBeBeyond(commit));
  const led = new Set([...frontier, ...own.flatMap(({ parents }) => parents)]);
  // Asked for by name: nothing that was not told leads to it.
  const asked = new Set(step.kind === "chains" ? step.chains.map(({ oid }) => oid) : [step.oid]);
  const first = own.filter(({ oid }) => !led.has(oid) && !asked.has(oid));
  const oids = first.map(({ oid }) => oid);
  const stored = oids.length === 0 ? new Set<Oid>() : await findStored(tx, repositoryId, oids);
  return { roots: oids, open: oids.filter((oid) => !stored.has(oid)) };
}

/**
 * Writes down what a page was to tell and did not, and what lies behind it: by that, what is stored there is
 * reachable. Returns all that GitHub does not tell of the repository.
 */
export async function recordUntold(
  tx: Transaction,
  { repositoryId, untold }: Walk,
  {
    page: { commits, odd },
    behind,
    asked,
    step,
  }: {
    readonly page: CommitsTold;
    readonly behind: readonly Oid[];
    /** What there is to ask for afterwards, and what was passed. */
    readonly asked: readonly Oid[];
    readonly step: PageStep;
  },
): Promise<Untold[]> {
  const behindOf = createBehindOf(commits, behind);
  const before = new Map(untold.map((one) => [one.oid, one]));
  const isAnyNameless = odd.some(({ oid }) => oid === null);
  const found = new Map<Oid, NotTold>();
  const open = new Set(asked);
  for (const oid of behind.length === 0 ? [] : open) {
    const known = before.get(oid);
    // Which one is missing is not said; but it is none that was given up before.
    const isIt = known === undefined ? isAnyNameless : !isResting(known);
    const attempts = known?.attempts ?? 0;
    if (isIt) found.set(oid, { oid, attempts, retryInMs: 0, error: null, behind: behindOf(oid) });
  }
  for (const { oid, error } of odd) {
    const known = oid === null ? undefined : before.get(oid);
    if (oid === null || !open.has(oid) || (known !== undefined && isResting(known))) continue;
    const attempts = attemptsAfter(known?.attempts ?? 0, step.kind === "chains");
    const facts = { retryInMs: restMs(attempts), error: error.message };
    found.set(oid, { oid, attempts, ...facts, behind: behindOf(oid) });
  }
  await saveUntold(tx, repositoryId, [...found.values()]);
  return await readUntold(tx, repositoryId);
}

/** Of what lies behind something missing, what may lie behind this: not what leads to it. */
function createBehindOf(
  commits: readonly Commit[],
  roots: readonly Oid[],
): (oid: Oid) => readonly Oid[] {
  const parentsOf = new Map(commits.map(({ oid, parents }) => [oid, parents]));
  const ledTo = roots.map((root) => {
    const found = new Set([root]);
    for (const oid of found) for (const parent of parentsOf.get(oid) ?? []) found.add(parent);
    return { root, found };
  });
  return (oid) => ledTo.flatMap(({ root, found }) => (found.has(oid) ? [] : [root]));
}

import { WALK_KINDS, type WorkKind } from "../../domain/work.js";
import type { Transaction } from "../../postgres/database.js";
import {
  cancelWork,
  type FailedWork,
  type FailureFacts,
  failWork,
  hurryWork,
  restWork,
} from "../work/work-store.js";
import { pauseRow, reviveRow, saveState } from "./repository-store.js";

/** What a failure means for the repositories themselves. */
export type Verdict =
  /** Nothing: it is tried again. */
  | "RETRIED"
  /** GitHub does not show the repository: said by it, about it. */
  | "UNAVAILABLE"
  /** Given up for now. */
  | "FAILED";

export interface SavedFailures {
  /** Not of those whose work was cancelled meanwhile. */
  readonly savedIds: readonly number[];
  /** Somebody else is writing them. */
  readonly lockedIds: readonly number[];
}

/**
 * Failed work of repositories: why, and when to try again. Stored commits are never touched by a failure.
 * Waits for nobody.
 */
export async function saveFailures(
  tx: Transaction,
  kind: WorkKind,
  failures: readonly FailedWork[],
  { verdict, ...facts }: FailureFacts & { readonly verdict: Verdict },
): Promise<SavedFailures> {
  const wanted = failures.map(({ id }) => id);
  const rows = await tx.$queryRaw<{ id: number; isWanted: boolean }[]>`
    select id, state <> 'PAUSED' and removed_at is null as "isWanted" from repository
     where id = any(${wanted}::int[]) order by id for update skip locked`;
  const mine = new Map(rows.map(({ id, isWanted }) => [id, isWanted]));
  const lockedIds = wanted.filter((id) => !mine.has(id));
  const failed = failures.filter(({ id }) => mine.get(id) === true);
  if (failed.length === 0) return { savedIds: [], lockedIds };
  const savedIds = await failWork(tx, kind, failed, facts);
  if (verdict === "RETRIED") return { savedIds, lockedIds };
  await saveState(tx, savedIds, verdict);
  // There is nothing to fetch from it; should it be found again, a check has the walk go on.
  for (const id of savedIds) await cancelOthers(tx, kind, id);
  return { savedIds, lockedIds };
}

async function cancelOthers(tx: Transaction, kind: WorkKind, id: number): Promise<void> {
  const others = WALK_KINDS.filter((other) => other !== kind);
  await cancelWork(tx, others, id);
}

/** How long a repository that was given up is left alone. */
export const PARKED_RETRY_MS = 24 * 3_600_000;

/** Gives a repository up for a day, unless that work of it has been cancelled meanwhile. */
export async function parkRepository(
  tx: Transaction,
  kind: WorkKind,
  id: number,
  facts: Pick<FailureFacts, "reason" | "context">,
): Promise<SavedFailures> {
  const isCheck = kind === "check";
  const given = { ...facts, counts: true, attemptsMax: ATTEMPTS_MAX, verdict: "FAILED" } as const;
  const failures = [{ id, retryInMs: isCheck ? PARKED_RETRY_MS : null }];
  const saved = await saveFailures(tx, kind, failures, given);
  // Checks rest as long: they would only have the same walk fail again.
  if (!isCheck && saved.savedIds.length > 0) {
    await restWork(tx, "check", id, { delayMs: PARKED_RETRY_MS });
  }
  return saved;
}

const ATTEMPTS_MAX = 1_000;

/** Makes a parked repository due at once, as if it had never failed. False when it is not parked. */
export async function unparkRepository(tx: Transaction, repositoryId: number): Promise<boolean> {
  return await revive(tx, repositoryId, "FAILED");
}

/** Due at once again. False when it is not paused. */
export async function resumeRepository(tx: Transaction, repositoryId: number): Promise<boolean> {
  return await revive(tx, repositoryId, "PAUSED");
}

async function revive(
  tx: Transaction,
  repositoryId: number,
  from: "FAILED" | "PAUSED",
): Promise<boolean> {
  if (!(await reviveRow(tx, repositoryId, from))) return false;
  await cancelWork(tx, ["check", ...WALK_KINDS], repositoryId);
  await hurryWork(tx, "check", repositoryId, { isPublished: true });
  return true;
}

/** Pauses a parked repository. False when it is not parked. */
export async function discardParked(tx: Transaction, repositoryId: number): Promise<boolean> {
  return await pause(tx, repositoryId, { onlyParked: true });
}

/** Stops checking a repository and forgets its failures. False when it is paused or gone. */
export async function pauseRepository(tx: Transaction, repositoryId: number): Promise<boolean> {
  return await pause(tx, repositoryId, { onlyParked: false });
}

async function pause(
  tx: Transaction,
  repositoryId: number,
  which: { onlyParked: boolean },
): Promise<boolean> {
  if (!(await pauseRow(tx, repositoryId, which))) return false;
  await cancelWork(tx, ["check", ...WALK_KINDS], repositoryId);
  return true;
}

import type { Transaction } from "../../postgres/database.js";
import { cancelWork, finishWork, type NextWork } from "../work/work-store.js";
import type { CheckedRepository } from "./check-reader.js";
import { saveLooks } from "./repository-store.js";

/** A check that found nothing new. */
export interface UnchangedCheck extends Pick<CheckedRepository, "id" | "dueAt"> {
  readonly next: NextWork;
  /** Of a look; null after a glance, which leaves what is known of the head as it was. */
  readonly look: { readonly pushedAt: Date | null } | null;
}

/**
 * The checks that found nothing new, all in a statement or two: a glance changes what is due and nothing
 * else. None of them may have failed before (`work-store.ts` on locks).
 */
export async function saveUnchanged(
  tx: Transaction,
  checks: readonly UnchangedCheck[],
): Promise<void> {
  const looked = checks.flatMap(({ id, look }) => (look === null ? [] : [{ id, ...look }]));
  if (looked.length > 0) await saveLooks(tx, looked);
  await finishWork(tx, "check", checks);
}

/** Checks of repositories that are paused or removed: none is due any more, nor comes back. */
export async function cancelChecks(tx: Transaction, ids: readonly number[]): Promise<void> {
  // Their rows are held: whoever resumes one comes before this or after it.
  const rows = await tx.$queryRaw<{ id: number; isGone: boolean }[]>`
    select id, state = 'PAUSED' or removed_at is not null as "isGone" from repository
     where id = any(${ids}::int[]) order by id for share`;
  const kept = new Set(rows.filter(({ isGone }) => !isGone).map(({ id }) => id));
  for (const id of ids.filter((one) => !kept.has(one))) await cancelWork(tx, ["check"], id);
}

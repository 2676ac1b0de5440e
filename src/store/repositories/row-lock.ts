import { setTimeout as delay } from "node:timers/promises";
import { TrackerError } from "../../domain/errors.js";
import type { Transaction } from "../../postgres/database.js";

/** Any number, the same in every process. */
const DELETION_LOCK = 7_236_004;

/** Until the transaction's end no other deletes commits of this repository. */
export async function lockDeletion(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(${DELETION_LOCK}::int, ${repositoryId}::int)`;
}

const LOOK_MS = 20;

/**
 * Takes a repository's row lock as soon as nobody has it. Stands in no queue, so that whoever has it
 * may wait for what this transaction has locked already, and give up, without a deadlock. `BUSY` when
 * it has not come free in time.
 */
export async function lockWhenFree(
  tx: Transaction,
  repositoryId: number,
  { withinMs }: { withinMs: number },
): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    const [row] = await tx.$queryRaw<{ isTaken: boolean }[]>`
      with own as (select from repository where id = ${repositoryId} for update skip locked)
      select exists (select from own)
             or not exists (select from repository where id = ${repositoryId}) as "isTaken"`;
    if (row?.isTaken === true) return;
    if (performance.now() > until) {
      throw new TrackerError("BUSY", "Other work holds this repository; try again in a moment.");
    }
    await delay(LOOK_MS);
  }
}

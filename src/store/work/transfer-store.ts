import type { Transaction } from "../../postgres/database.js";

/** How long one lasts of which nothing is heard: its process has died. */
const HELD_MS = 60_000;

/** A transfer in hand. */
export interface Transfer {
  readonly repositoryId: number;
  readonly turn: number;
}

/** Why none may begin now. */
export type TransferRefusal =
  /** GitHub has said to wait. */
  | "paused"
  /** It has failed lately for this repository. */
  | "away"
  /** All places are taken. */
  | "busy";

/**
 * Takes one of the places that all processes share. Who takes one holds the lock of their one row
 * meanwhile, so there are never more; a transaction of its own, and short. Whoever has the repository's
 * walk in hand takes over what another process has lost.
 */
export async function takeTransfer(
  tx: Transaction,
  repositoryId: number,
  { placesMax }: { placesMax: number },
): Promise<Transfer | TransferRefusal> {
  const [turn] = await tx.$queryRaw<{ isPaused: boolean }[]>`
    select coalesce(paused_until > now(), false) as "isPaused" from transfer_turn for update`;
  if (turn?.isPaused !== false) return "paused";
  // In a statement of its own, after the lock: only so it sees what the lock's last holder wrote.
  const [place] = await tx.$queryRaw<{ held: number; isAway: boolean }[]>`
    select count(*) filter (where held_until > now() and repository_id <> ${repositoryId})::int as held,
           coalesce(bool_or(repository_id = ${repositoryId} and away_until > now()), false) as "isAway"
      from history_transfer
     where held_until is not null or repository_id = ${repositoryId}`;
  if (place?.isAway === true) return "away";
  if ((place?.held ?? 0) >= placesMax) return "busy";
  const [taken] = await tx.$queryRaw<Transfer[]>`
    insert into history_transfer (repository_id, held_until)
    values (${repositoryId}, now() + ${HELD_MS} * interval '1 ms')
    on conflict (repository_id) do update
       set turn = history_transfer.turn + 1, held_until = excluded.held_until, started_at = now(),
           received_bytes = 0, commit_count = null, done_count = 0, away_until = null
    returning repository_id as "repositoryId", turn`;
  if (taken === undefined) throw new Error("an insert returned no row");
  return taken;
}

export interface TransferProgress {
  readonly receivedBytes: number;
  /** Null until all of it has come. */
  readonly commitCount: number | null;
  readonly doneCount: number;
}

/** A sign of life. False when it is in somebody else's hands, or nobody's: it is to end. */
export async function renewTransfer(
  tx: Transaction,
  { repositoryId, turn }: Transfer,
  { receivedBytes, commitCount, doneCount }: TransferProgress,
): Promise<boolean> {
  const renewed = await tx.$executeRaw`
    update history_transfer
       set held_until = now() + ${HELD_MS} * interval '1 ms', received_bytes = ${receivedBytes},
           commit_count = ${commitCount}::int, done_count = ${doneCount}
     where repository_id = ${repositoryId} and turn = ${turn} and held_until is not null`;
  return renewed > 0;
}

/** It is over, and its place is free. After a failure the repository is left alone for a while. */
export async function endTransfer(
  tx: Transaction,
  { repositoryId, turn }: Transfer,
  { awayMs }: { awayMs: number | null },
): Promise<void> {
  if (awayMs === null) {
    await tx.$executeRaw`
      delete from history_transfer where repository_id = ${repositoryId} and turn = ${turn}`;
    return;
  }
  await tx.$executeRaw`
    update history_transfer
       set held_until = null, away_until = now() + ${awayMs} * interval '1 ms'
     where repository_id = ${repositoryId} and turn = ${turn}`;
}

/** GitHub wants nobody to ask for so long. A pause is never shortened. */
export async function pauseTransfers(tx: Transaction, { forMs }: { forMs: number }): Promise<void> {
  await tx.$executeRaw`
    update transfer_turn
       set paused_until = greatest(paused_until, now() + ${Math.ceil(forMs)}::int8 * interval '1 ms')`;
}

/** All that were in hand, for a start that knows that nobody else is there. */
export async function releaseAllTransfers(tx: Transaction): Promise<void> {
  await tx.$executeRaw`update history_transfer set held_until = null where held_until is not null`;
}

export async function forgetTransfer(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`delete from history_transfer where repository_id = ${repositoryId}`;
}

import type { Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";

/** With null: GitHub was asked and could not tell. */
export async function saveHistoryCount(
  tx: Transaction,
  { repositoryId, oid, count }: { repositoryId: number; oid: Oid; count: number | null },
): Promise<void> {
  await tx.$executeRaw`
    insert into history_count (repository_id, oid, count)
    values (${repositoryId}, decode(${oid}, 'hex'), ${count})
    on conflict (repository_id) do update set oid = excluded.oid, count = excluded.count`;
}

/** The count of what that commit leads to, if it is known; nobody needs it afterwards. */
export async function takeHistoryCount(
  tx: Transaction,
  repositoryId: number,
  oid: Oid,
): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ oid: Oid; count: number | null }[]>`
    delete from history_count where repository_id = ${repositoryId}
    returning encode(oid, 'hex') as oid, count`;
  return row?.oid === oid ? row.count : null;
}

export async function forgetHistoryCount(tx: Transaction, repositoryId: number): Promise<void> {
  await tx.$executeRaw`delete from history_count where repository_id = ${repositoryId}`;
}

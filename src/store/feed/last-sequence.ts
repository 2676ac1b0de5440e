import type { Transaction } from "../../postgres/database.js";

/**
 * Of a repository's last event that is kept, 0 without one. Whatever stores, orphans or restores a commit
 * is announced: while it is the same, and the repository's row is locked, the history is the same.
 */
export async function readLastSequence(tx: Transaction, repositoryId: number): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ sequence: bigint }[]>`
    select coalesce(max(last.sequence), 0) as sequence
      from unnest(enum_range(null::ingest_kind)) as k(kind)
     cross join lateral (
       select sequence from feed_event e where e.repository_id = ${repositoryId} and e.kind = k.kind
        order by e.repository_id desc, e.kind desc, e.sequence desc limit 1) as last`;
  return row?.sequence ?? 0n;
}

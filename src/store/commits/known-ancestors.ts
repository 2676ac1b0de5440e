import type { Oid } from "../../domain/commit.js";
import type { Transaction } from "../../postgres/database.js";

/** As many commits are gone back along first parents: by then a rewrite has left the old line long ago. */
const DEPTH_MAX = 4_096;

/**
 * A complete head, and of its first parents the 1st, 2nd, 4th, 8th…: all that lies behind each is stored.
 * Should the head itself have been rewritten away, one of the others is still known.
 */
export async function findKnownAncestors(
  tx: Transaction,
  repositoryId: number,
  headOid: Oid,
): Promise<Oid[]> {
  const rows = await tx.$queryRaw<{ oid: Oid }[]>`
    with recursive line(oid, parent, depth) as (
      select c.oid, c.parents[1], 0 from commit c
       where c.repository_id = ${repositoryId} and c.oid = decode(${headOid}, 'hex')
      union all
      select c.oid, c.parents[1], line.depth + 1
        from line join commit c on c.repository_id = ${repositoryId} and c.oid = line.parent
       where line.depth < ${DEPTH_MAX})
    select encode(oid, 'hex') as oid from line where depth & (depth - 1) = 0 order by depth`;
  return rows.map(({ oid }) => oid);
}

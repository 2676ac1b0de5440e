import type { Repository } from "../../domain/repository.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import type { StatementReader } from "../../postgres/reader.js";
import { REPOSITORY_COLUMNS, REPOSITORY_SOURCE } from "../rows.js";

/** A repository's id, and the transaction that last changed it: equal ones mean equal states. */
export interface Change {
  readonly id: number;
  readonly changedXid: bigint;
}

export interface Changes {
  /** Every transaction below it is over. What changes later is found by asking since here. */
  readonly horizon: bigint;
  readonly changed: readonly Change[];
}

/**
 * What transactions from `since` on have changed; null: nothing, only where to begin. Those that are
 * still open count as not yet below the horizon, so one that commits late is found by the next look;
 * what one look after another both find is told apart by its transaction. An index read of what has
 * changed.
 */
export async function findChanges(
  { liveReader }: { readonly liveReader: StatementReader },
  since: bigint | null,
): Promise<Changes> {
  // Below its end too: a database restored elsewhere holds the numbers of another server.
  const rows = await liveReader.query<{ horizon: bigint; id: number | null; xid: bigint }>(
    Prisma.sql`
      select pg_snapshot_xmin(s)::text::bigint as horizon, r.id, r.changed_xid as xid
        from pg_current_snapshot() as s
        left join repository r on r.changed_xid >= ${since}::bigint
                              and r.changed_xid < pg_snapshot_xmax(s)::text::bigint`,
  );
  const [first] = rows;
  if (first === undefined) throw new Error("the snapshot returned no row");
  const changed = rows.flatMap(({ id, xid }) => (id === null ? [] : [{ id, changedXid: xid }]));
  return { horizon: first.horizon, changed };
}

export interface RepositoryVersion extends Change {
  /** In state `REMOVED` when it was removed. */
  readonly repository: Repository;
}

/** As they are now, in no order; none for ids that are not there. */
export async function readVersions(
  { liveReader }: { readonly liveReader: StatementReader },
  ids: readonly number[],
): Promise<RepositoryVersion[]> {
  const rows = await liveReader.query<Repository & { changedXid: bigint }>(
    Prisma.sql`
      select ${REPOSITORY_COLUMNS}, r.changed_xid as "changedXid"
        from ${REPOSITORY_SOURCE} where r.id = any(${ids}::int[])`,
  );
  return rows.map(({ changedXid, ...repository }) => ({
    ...{ id: repository.id, changedXid },
    repository,
  }));
}

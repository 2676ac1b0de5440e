import type { RepositoryState } from "../../domain/repository.js";
import type { WorkKind } from "../../domain/work.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { written } from "../../postgres/statement.js";

/** The system as its tables show it, for metrics. */
export interface SystemStatus {
  readonly repositories: Readonly<Partial<Record<RepositoryState, number>>>;
  readonly work: Readonly<Record<WorkKind, { readonly overdueS: number; readonly due: number }>>;
  readonly checksLate: number;
  readonly sequence: number;
  /** Events that each does not hold yet. */
  readonly behind: Readonly<Record<string, number>>;
  readonly sizeBytes: number;
  readonly lockWaiters: number;
  readonly longestTransactionS: number;
}

/** What is late is counted so far. */
const COUNTED_MAX = 100_000;
/** A check that has been due for so long is late. */
const LATE_MS = 60_000;

/**
 * One statement, of one snapshot: index reads, and a count of the repositories by state, the one thing
 * that grows with them, in an index.
 */
export async function readSystemStatus({
  statusReader,
}: Pick<Database, "statusReader">): Promise<SystemStatus> {
  const [row] = await statusReader.query<{ status: SystemStatus }>(Prisma.sql`
    select json_build_object(
      'repositories', (
        select coalesce(json_object_agg(state, count), '{}') from (
          select state, count(*) from repository where removed_at is null group by state) of_state),
      'work', (
        select json_object_agg(kind, json_build_object(
                 'overdueS', coalesce(extract(epoch from now() - oldest.due_at), 0), 'due', due.count))
          from unnest(enum_range(null::work_kind)) kind
          left join lateral (
            select w.due_at from work w
             where w.kind = kind.kind and w.due_at is not null and w.due_at <= now()
             order by w.due_at limit 1) oldest on true
          cross join lateral (
            select count(*) from (
              select from work w where w.kind = kind.kind and w.due_at <= now()
               limit ${written(COUNTED_MAX)}) few) due),
      'checksLate', (
        select count(*) from (
          select from work w
           where w.kind = 'check' and w.due_at < now() - ${LATE_MS} * interval '1 ms'
           limit ${written(COUNTED_MAX)}) few),
      'sequence', (select sequence from feed),
      'behind', (
        select coalesce(json_object_agg(p.name, greatest(f.sequence - p.sequence, 0)), '{}')
          from projection p, feed f),
      'sizeBytes', pg_database_size(current_database()),
      'lockWaiters', a.lock_waiters,
      'longestTransactionS', a.longest_s) as status
      from (
        select count(*) filter (where wait_event_type = 'Lock') as lock_waiters,
               coalesce(extract(epoch from max(now() - xact_start)), 0) as longest_s
          from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()) a`);
  if (row === undefined) throw new Error("a statement without a table returned no row");
  return row.status;
}

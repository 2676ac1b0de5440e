import type { Oid } from "../../domain/commit.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { UNTOLD_OIDS } from "../work/passed-columns.js";

/** Whether all of a repository's history is stored, and what that was last held against. */
export interface Completeness {
  readonly id: number;
  /** Nothing left to fetch, and GitHub's count at this head, where it is known, is ours. */
  readonly complete: boolean;
  readonly storedCount: number;
  /** GitHub's own count at `checkedOid`; null where it was not asked, or has no bearing. */
  readonly githubCount: number | null;
  /** While a first history is being fetched: GitHub's count of it, where that is known. */
  readonly expectedCount: number | null;
  readonly missingCount: number;
  readonly faultCount: number;
  /** Commits of the history that GitHub does not tell; in the order of their oids, at most a hundred. */
  readonly untoldOids: readonly Oid[];
  readonly checkedOid: Oid | null;
  readonly checkedAt: Date | null;
  readonly isDeep: boolean | null;
  readonly listedCount: number;
  readonly isChecking: boolean;
  readonly error: string | null;
}

/** In no order. */
export async function readCompleteness(
  { reader }: Database,
  ids: readonly number[],
): Promise<Completeness[]> {
  return await reader.query<Completeness>(Prisma.sql`
      select r.id, r.commit_count as "storedCount", v.github_count as "githubCount",
             case when r.head_oid is null then h.count end as "expectedCount",
             coalesce(v.missing_count, 0) as "missingCount",
             coalesce(v.fault_count, 0) as "faultCount",
             coalesce(v.listed_count, 0) as "listedCount",
             encode(v.head_oid, 'hex') as "checkedOid", v.finished_at as "checkedAt",
             v.is_deep as "isDeep", v.error,
             ${UNTOLD_OIDS} as "untoldOids",
             v.repository_id is not null and v.finished_at is null as "isChecking",
             r.head_oid is not null and cardinality(r.frontier) = 0
               and (v.github_count is null or v.head_oid is distinct from r.head_oid
                    or v.github_count = r.commit_count)
               as complete
        from repository r left join verification v on v.repository_id = r.id
             left join history_count h on h.repository_id = r.id
       where r.id = any(${ids}::int[])`);
}

import { GITHUB_PACE } from "../../domain/rate-pace.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { USERS_IN_USE } from "./account-rows.js";

const MINUTE_MS = 60_000;

/** Of GitHub's time that may be taken in a minute, what each user's requests took in the last, by login. */
export async function readTimeUsed({
  statusReader,
}: Pick<Database, "statusReader">): Promise<ReadonlyMap<string, number>> {
  const rows = await statusReader.query<{ login: string; usedMs: number }>(Prisma.sql`
    select b.login, (
             select coalesce(sum(r.github_ms), 0)::float8 from github_request r
              where r.user_id = b.user_id
                and r.started_at > clock_timestamp() - ${2 * MINUTE_MS} * interval '1 ms'
                and r.finished_at > clock_timestamp() - ${MINUTE_MS} * interval '1 ms') as "usedMs"
      from rate_budget b where ${USERS_IN_USE}`);
  return new Map(rows.map(({ login, usedMs }) => [login, usedMs / GITHUB_PACE.msPerMinuteMax]));
}

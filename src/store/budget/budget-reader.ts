import { accountAt, type RateAccount } from "../../domain/rate-account.js";
import type { Database } from "../../postgres/database.js";
import { Prisma } from "../../postgres/prisma-client/client.js";
import { ACCOUNT, type AccountRow } from "./account-rows.js";
import { accountByOurClock } from "./database-clock.js";

export interface RateBudget extends RateAccount {
  readonly login: string;
}

/** What each GitHub user has left now, by login. */
export async function readRateBudgets({ reader }: Pick<Database, "reader">): Promise<RateBudget[]> {
  const beforeMs = Date.now();
  const rows = await reader.query<AccountRow & { login: string }>(Prisma.sql`
      select ${ACCOUNT}, b.login from rate_budget b where b.user_id <> 0 order by b.login, b.user_id`);
  const afterMs = Date.now();
  return rows.map(({ now, login, ...account }) => {
    const clock = { beforeMs, databaseMs: now.getTime(), afterMs };
    return { login, ...accountByOurClock(accountAt(account, now), clock) };
  });
}

import type { BudgetSize } from "../../domain/check-schedule.js";
import type { Transaction } from "../../postgres/database.js";
import { USERS_IN_USE } from "./account-rows.js";

const NONE_KNOWN: BudgetSize = { users: 1, pointsPerHour: 5_000 };

/** What all users together have; one ordinary user until GitHub has told of any. */
export async function readBudgetSize(tx: Transaction): Promise<BudgetSize> {
  const [row] = await tx.$queryRaw<BudgetSize[]>`
    select count(*)::int as users, coalesce(sum("limit"), 0)::float8 as "pointsPerHour",
           (coalesce(sum(case
             when reset_at is null or reset_at <= clock_timestamp() then "limit"::float8
             else least("limit"::float8, remaining::float8 * 3600
                    / greatest(extract(epoch from reset_at - clock_timestamp()), 1))
             end), 0) / greatest(sum("limit"), 1))::float8 as "leftShare",
           exists (select from work where kind = 'backfill' and due_at <= clock_timestamp() + interval '1 minute') as "isShared"
      from rate_budget b where ${USERS_IN_USE}`;
  return row === undefined || row.users === 0 ? NONE_KNOWN : row;
}

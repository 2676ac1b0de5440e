import type { BudgetSize } from "../../domain/check-schedule.js";
import type { Transaction } from "../../postgres/database.js";
import { USERS_IN_USE } from "./account-rows.js";

/** What all users together have; one ordinary user until GitHub has told of any. */
export async function readBudgetSize(tx: Transaction): Promise<BudgetSize> {
  const [row] = await tx.$queryRaw<{ users: number; points: number }[]>`
    select count(*)::int as users, coalesce(sum("limit"), 0)::int as points
      from rate_budget b where ${USERS_IN_USE}`;
  return row === undefined || row.users === 0
    ? { users: 1, pointsPerHour: 5_000 }
    : { users: row.users, pointsPerHour: row.points };
}

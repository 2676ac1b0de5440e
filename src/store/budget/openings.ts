import type { Purpose } from "../../domain/rate-account.js";
import { closedUntil } from "../../domain/rate-budget.js";
import type { Transaction } from "../../postgres/database.js";
import { ACCOUNT, type AccountRow, USERS_IN_USE } from "./account-rows.js";

/** Whether anybody may ask GitHub now, for each purpose. */
export type Openings = Readonly<Record<Purpose, boolean>>;

/**
 * Whether there is a GitHub user who may be asked at all now: nobody told them to wait, and there are
 * points that are not kept. Pacing is no reason to wait here. True as long as no user is known.
 */
export async function readOpenings(tx: Pick<Transaction, "$queryRaw">): Promise<Openings> {
  const rows = await tx.$queryRaw<AccountRow[]>`
    select ${ACCOUNT} from rate_budget b where ${USERS_IN_USE}`;
  const isOpen = (purpose: Purpose) =>
    rows.length === 0 || rows.some((row) => closedUntil(row, purpose, row.now) === null);
  return { live: isOpen("live"), backfill: isOpen("backfill") };
}

import { accountAt, bookOutcome, learn, type RateAccount } from "../../domain/rate-account.js";
import { decide, isPacing } from "../../domain/rate-budget.js";
import { liveWaitsUntil } from "../../domain/rate-pace.js";
import type { BudgetLedger } from "../../github/budget-ledger.js";
import type { Database } from "../../postgres/database.js";
import { databaseError } from "../../postgres/database-error.js";
import { lockAccount, readUsers, saveAccount, saveLiveWaiting, saveUser } from "./account-rows.js";
import {
  accountByOurClock,
  type ClockReading,
  limitsByDatabaseClock,
  outcomeByDatabaseClock,
  toOurClock,
} from "./database-clock.js";
import { deleteOldRequests, finishRequest, readRecent, saveRequest } from "./request-rows.js";

const SETTLED_BETWEEN_DELETES = 100;

/**
 * The ledger that all processes share. Who acquires or settles holds the lock of the user's one row
 * meanwhile, and what it decides by is read after that. All times are by the database's clock there,
 * and turned into it and back here, however far the two are apart.
 */
export function createBudgetStore({
  database,
  requestTimeoutMs,
  now = Date.now,
}: {
  database: Database;
  requestTimeoutMs: number;
  /** Our clock. */
  now?: () => number;
}): BudgetLedger {
  let settledCount = 0;

  function readClock(beforeMs: number, databaseNow: Date): ClockReading {
    return { beforeMs, databaseMs: databaseNow.getTime(), afterMs: now() };
  }

  return {
    async knownUsers(fingerprints) {
      const beforeMs = now();
      const rows = await readUsers(database.primary, fingerprints).catch((error: unknown) => {
        throw databaseError(error);
      });
      return rows.map(({ login, fingerprints: found, ...row }) => {
        const account = accountNow(row, readClock(beforeMs, row.now));
        return { userId: row.userId, login, fingerprints: found, account };
      });
    },
    async register(user, fingerprints, limits) {
      return await database.transaction(async (tx) => {
        const beforeMs = now();
        const row = await saveUser(tx, user, fingerprints);
        const clock = readClock(beforeMs, row.now);
        const account = learn(row, limitsByDatabaseClock(limits, clock));
        await saveAccount(tx, row.userId, account);
        return accountNow(account, clock);
      });
    },
    async acquire(userId, purpose) {
      return await database.transaction(async (tx) => {
        const row = await lockAccount(tx, userId);
        const beforeMs = now();
        const { now: at, ...recent } = await readRecent(tx, userId, requestTimeoutMs);
        const clock = readClock(beforeMs, at);
        const account = accountNow(row, clock);
        const decision = decide({ ...row, ...recent }, purpose, at);
        if (decision.kind === "wait") {
          const { until, reason } = decision;
          if (purpose === "live" && isPacing(reason)) {
            await saveLiveWaiting(tx, userId, liveWaitsUntil({ until, reason }, at));
          }
          return { granted: false, until: toOurClock(until, clock), reason, account };
        }
        if (purpose === "live" && row.liveWaitingUntil !== null) {
          await saveLiveWaiting(tx, userId, null);
        }
        return { granted: true, requestId: await saveRequest(tx, userId, purpose, at), account };
      });
    },
    async settle(requestId, outcome, gitHubMs) {
      settledCount += 1;
      const isDeleting = settledCount % SETTLED_BETWEEN_DELETES === 1;
      return await database.transaction(async (tx) => {
        const beforeMs = now();
        const row = await finishRequest(tx, requestId, gitHubMs);
        if (row === null) return null;
        const clock = readClock(beforeMs, row.now);
        const account = bookOutcome(row, outcomeByDatabaseClock(outcome, clock), row.now);
        if (account !== row) await saveAccount(tx, row.userId, account);
        if (isDeleting) await deleteOldRequests(tx, row.userId);
        return accountNow(account, clock);
      });
    },
  };
}

/** As it stands at the reading, for whoever has our clock. */
function accountNow(account: RateAccount, clock: ClockReading): RateAccount {
  return accountByOurClock(accountAt(account, new Date(clock.databaseMs)), clock);
}

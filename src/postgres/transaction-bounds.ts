import { Prisma } from "./prisma-client/client.js";

export interface TransactionBounds {
  /** For all of it, and for each of its statements. */
  readonly timeoutMs: number;
  /** For each wait for a row that other work holds. */
  readonly lockTimeoutMs: number;
}

/** Gives the transaction in which it is sent bounds of its own, at the server. */
export function setBounds({ timeoutMs, lockTimeoutMs }: TransactionBounds): Prisma.Sql {
  return Prisma.sql`
    select set_config('statement_timeout', ${String(timeoutMs)}, true),
           set_config('lock_timeout', ${String(lockTimeoutMs)}, true)`;
}

/** By which a connection knows that statement. */
export const boundsText = setBounds({ timeoutMs: 0, lockTimeoutMs: 0 }).text;

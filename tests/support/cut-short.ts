import type { Database, Transaction } from "../../src/postgres/database.js";

/** Dies in the middle of its work, as a process does that is killed there. */
export class CutShort extends Error {}

/** The same database, but the process dies at its n-th statement within transactions, 1 first. */
export function cutShort(database: Database, atStatement: number): Database {
  let statements = 0;
  const counted = (tx: Transaction): Transaction =>
    new Proxy(tx, {
      get(object, property, receiver) {
        const value: unknown = Reflect.get(object, property, receiver);
        if (property !== "$queryRaw" && property !== "$executeRaw") return value;
        return async (...args: unknown[]) => {
          statements += 1;
          if (statements >= atStatement) throw new CutShort();
          return await (value as (...all: unknown[]) => unknown).apply(object, args);
        };
      },
    });
  return {
    ...database,
    transaction: (work, bounds) => database.transaction((tx) => work(counted(tx)), bounds),
  };
}

/** The same database; after each of its transactions something is done before the next. */
export function followed(
  database: Database,
  then: (transaction: number) => Promise<void>,
): Database {
  let transactions = 0;
  return {
    ...database,
    async transaction(work, bounds) {
      const result = await database.transaction(work, bounds);
      transactions += 1;
      await then(transactions);
      return result;
    },
  };
}

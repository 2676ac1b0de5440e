import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PREPARED_MAX } from "../../src/postgres/bounded-client.js";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const SHAPES = 2_000;
const USED_EVERY = 100;

interface Prepared {
  readonly count: number;
  /** When the hot statement was prepared. */
  readonly hotAt: Date | null;
}

const HOT = Prisma.sql`select 1 as hot`;
const PREPARED = Prisma.sql`
  select count(*)::int as count, max(prepare_time) filter (where statement = 'select 1 as hot') as "hotAt"
    from pg_prepared_statements`;

describe("the statements that a connection keeps prepared", () => {
  let test: TestDatabase;
  let database: Database;
  beforeEach(async () => {
    test = await createTestDatabase();
    database = openDatabase({ url: test.url, connectionsMax: 1 });
  });
  afterEach(async () => {
    await database?.close();
    await test?.[Symbol.asyncDispose]();
  });

  const viaReader = async (statement: Prisma.Sql) => {
    return (await database.reader.query<Prepared>(statement)) as unknown[];
  };
  const viaPrisma = async (statement: Prisma.Sql) => {
    return await database.primary.$queryRaw<unknown[]>(statement);
  };
  const inTransactions = async (statement: Prisma.Sql) => {
    return await database.transaction((tx) => tx.$queryRaw<unknown[]>(statement));
  };

  it.each([
    { way: "a reader", send: viaReader },
    { way: "Prisma", send: viaPrisma },
    { way: "transactions", send: inTransactions },
  ])("are those that were used last, over $way, however many shapes come", async ({ send }) => {
    const look = async () => (await send(PREPARED))[0] as Prepared;
    await send(HOT);
    const before = await look();
    for (let made = 0; made < SHAPES; made += 1) {
      if (made % USED_EVERY === 0) await send(HOT);
      const column = Prisma.raw(`made_up_${made}`);
      expect(await send(Prisma.sql`select ${made}::int as ${column}`)).toEqual([
        { [`made_up_${made}`]: made },
      ]);
    }
    const after = await look();
    expect(after.count).toBeLessThanOrEqual(PREPARED_MAX);
    expect(after.hotAt).not.toBeNull();
    expect(after.hotAt).toEqual(before.hotAt);
  });

  it("are as few where they are lists of every length, or fail", async () => {
    for (let length = 1; length <= PREPARED_MAX + 20; length += 1) {
      await database.primary.repository.findMany({
        where: { id: { in: Array.from({ length }, (_, index) => index) } },
      });
      await viaPrisma(Prisma.sql`select ${Prisma.raw(`nothing_${length}`)}`).catch(() => {});
      await viaPrisma(Prisma.sql`select ${"x"}::int as ${Prisma.raw(`c${length}`)}`).catch(
        () => {},
      );
    }
    const [prepared] = await database.primary.$queryRaw<Prepared[]>(PREPARED);
    expect(prepared?.count).toBeLessThanOrEqual(PREPARED_MAX);
  });

  it("come back when what was given back is asked again", async () => {
    const shape = (made: number) =>
      Prisma.sql`select ${made}::int as ${Prisma.raw(`again_${made}`)}`;
    for (let round = 0; round < 3; round += 1) {
      for (let made = 0; made < 2 * PREPARED_MAX; made += 1) {
        expect(await viaReader(shape(made))).toEqual([{ [`again_${made}`]: made }]);
      }
    }
  });
});

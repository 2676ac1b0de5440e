import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

describe("a reader", () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = openDatabase({ url: test.url, connectionsMax: 1, readTimeoutMs: 500 });
  });
  afterAll(async () => {
    await database?.close();
    await test?.[Symbol.asyncDispose]();
  });

  it("gives values as they are: whole numbers of any size, moments, lists, JSON, nothing", async () => {
    const at = new Date(Date.UTC(2024, 1, 29, 12, 30, 15, 678));
    const values = {
      big: 2n ** 62n,
      at,
      texts: ["a", 'b"', "c,\\"],
      flags: [true, false],
      none: null,
    };
    const [row] = await database.reader.query(Prisma.sql`
      select ${values.big}::bigint as big, ${at}::timestamptz as at, ${values.texts}::text[] as texts,
             ${values.flags}::boolean[] as flags, ${null}::text as none, 7 as small,
             json_build_array(1, 'x', null) as json`);
    expect(row).toEqual({ ...values, small: 7, json: [1, "x", null] });
  });

  it("writes nothing", async () => {
    const writing = Prisma.sql`update feed set sequence = sequence`;
    await expect(database.reader.query(writing)).rejects.toThrow("read-only");
    await expect(database.reader.prisma.$executeRaw(writing)).rejects.toThrow("read-only");
  });

  it("says of what takes too long that it does, and goes on", async () => {
    await expect(database.reader.query(Prisma.sql`select pg_sleep(60)`)).rejects.toMatchObject({
      code: "QUERY_TOO_EXPENSIVE",
    });
    expect(await database.reader.query(Prisma.sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });

  it("passes a fault of the statement through", async () => {
    await expect(database.reader.query(Prisma.sql`select nothing`)).rejects.toMatchObject({
      code: "42703",
    });
  });

  it("prepares what comes again, and of statements that are made up no more than 200", async () => {
    const fresh = openDatabase({ url: test.url, connectionsMax: 1 });
    try {
      for (let made = 0; made < 250; made += 1) {
        const column = Prisma.raw(`made_up_${made}`);
        const statement = Prisma.sql`select ${made}::int as ${column}`;
        expect(await fresh.reader.query(statement)).toEqual([{ [`made_up_${made}`]: made }]);
      }
      const prepared = Prisma.sql`
        select count(*)::int as count, sum(custom_plans)::int as custom from pg_prepared_statements`;
      expect(await fresh.reader.query(prepared)).toEqual([{ count: 200, custom: 0 }]);
    } finally {
      await fresh.close();
    }
  });
});

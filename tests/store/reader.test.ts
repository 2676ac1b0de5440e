import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

describe("a reader", () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = openDatabase({ url: test.url, connectionsMax: 1, limits: { readMs: 500 } });
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

  it("plans what it prepares once, for all values", async () => {
    const twice = (value: number) => Prisma.sql`select ${value}::int as twice`;
    for (let value = 0; value < 10; value += 1) await database.reader.query(twice(value));
    const [plans] = await database.reader.query<{ custom: number; generic: number }>(Prisma.sql`
      select custom_plans::int as custom, generic_plans::int as generic
        from pg_prepared_statements where statement like '%as twice'`);
    expect(plans).toEqual({ custom: 0, generic: 10 });
  });
});

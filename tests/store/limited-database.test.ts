import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scopeOf } from "../../src/domain/repository-scope.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { limitedTo, VISIBLE_ROWS } from "../../src/store/limited-database.js";
import { storeRepository } from "../api/rows.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

describe("a database limited to some repositories", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
    for (const name of ["one", "two"]) await storeRepository(test.database, "Acme", name);
    await storeRepository(test.database, "acme-labs", "one");
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  const namesSeen = async (...patterns: string[]) => {
    const scope = scopeOf(patterns);
    if (scope === null) throw new Error("no limit");
    const { reader, primaryReader } = limitedTo(test.database, scope);
    const sql = Prisma.sql`
      select owner || '/' || name as name from repository where id > ${0} order by id`;
    const rows = await reader.query<{ name: string }>(sql);
    expect(await primaryReader.query(sql)).toEqual(rows);
    return rows.map(({ name }) => name);
  };

  it("says of every table what of it is there", async () => {
    const tables = await test.database.primary.$queryRaw<{ name: string }[]>`
      select table_name as name from information_schema.tables
       where table_schema = 'public' and table_name <> '_prisma_migrations' order by 1`;
    expect(Object.keys(VISIBLE_ROWS).sort()).toEqual(tables.map(({ name }) => name).sort());
  });

  it("shows an owner's repositories in any letter case, and no longer name's", async () => {
    expect(await namesSeen("acme/*")).toEqual(["Acme/one", "Acme/two"]);
    expect(await namesSeen("acme/two", "acme-labs/*")).toEqual(["Acme/two", "acme-labs/one"]);
    expect(await namesSeen("acme/three")).toEqual([]);
    expect(await namesSeen()).toEqual([]);
  });

  it("shows of each table what a statement with tables of its own begins with too", async () => {
    const scope = scopeOf(["acme/one"]);
    if (scope === null) throw new Error("no limit");
    const { reader } = limitedTo(test.database, scope);
    const rows = await reader.query(Prisma.sql`
      with named as materialized (select repository_id from repository_name)
      select (select count(*)::int from named) as names, (select count(*)::int from work) as works,
             (select count(*)::int from api_key) as keys`);
    expect(rows).toEqual([{ names: 1, works: 1, keys: 0 }]);
  });
});

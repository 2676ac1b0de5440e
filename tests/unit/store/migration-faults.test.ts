import { describe, expect, it } from "vitest";
import { faultsOf } from "../../../scripts/migration-faults.js";
import { statementsOf } from "../../../scripts/sql-statements.js";

const faults = (sql: string, isFirst = false) => faultsOf(sql, { isFirst });

describe("a migration", () => {
  it("is split into its statements, whatever they quote", () => {
    const sql = `-- a; b
      create table "a;b" (c text default 'x;''y'); /* ; */
      create function f() returns void language sql as $body$ select 1; select $$;$$; $body$;
      select E'\\';', 1`;
    expect(statementsOf(sql).map((text) => text.replace(/\s+/g, " "))).toEqual([
      `create table "a;b" (c text default 'x;''y')`,
      "create function f() returns void language sql as $body$ select 1; select $$;$$; $body$",
      "select E'\\';', 1",
    ]);
  });

  it.each([
    `UPDATE "commit" SET "words" = '{}'`,
    "update only public.feed_event set kind = 'LIVE' where id < 5",
    `DELETE FROM "author"`,
    "merge into author using x on true when matched then delete",
    "with gone as (delete from feed_author returning 1) select count(*) from gone",
    `INSERT INTO "feed_author" SELECT * FROM old`,
    `ALTER TABLE "commit" ADD COLUMN "n" INTEGER GENERATED ALWAYS AS (length("message")) STORED`,
    `ALTER TABLE "commit" ADD COLUMN "n" BIGSERIAL`,
    `ALTER TABLE "commit" ALTER COLUMN "position" SET DATA TYPE INTEGER`,
    `ALTER TABLE ONLY "feed_event" ALTER "id" TYPE bigint`,
    "do $$ begin update commit set reachable = true; end $$",
    "update contributor set commit_count = 0",
    `DELETE FROM "contribution"`,
    `ALTER TABLE "word_segment" ALTER COLUMN "id" TYPE BIGINT`,
  ])("rewrites no large table once there may be data: %s", (sql) => {
    expect(faults(sql)).toEqual([expect.stringContaining("background work")]);
    expect(faults(sql, true)).toEqual([]);
  });

  it.each([
    `ALTER TABLE "commit" ALTER COLUMN "author_hash" DROP EXPRESSION, ALTER COLUMN "author_hash" SET NOT NULL`,
    "alter table only public.contribution alter first_at set not null",
  ])("reads no large table whole while nobody else may: %s", (sql) => {
    expect(faults(sql)).toEqual([expect.stringContaining("reads all of")]);
    expect(faults(sql, true)).toEqual([]);
  });

  it.each([
    "BEGIN",
    "commit",
    "start transaction",
    "vacuum author",
    `CREATE INDEX CONCURRENTLY "i" ON "commit" ("oid")`,
  ])("holds nothing that cannot be undone with the rest of it: %s", (sql) => {
    expect(faults(sql, true)).toEqual([expect.stringContaining("one transaction")]);
  });

  it.each([
    `UPDATE "repository" SET "attempts" = 0`,
    `UPDATE "commit_note" SET "text" = 'update commit set x'`,
    `ALTER TABLE "commit" ADD COLUMN "note" TEXT`,
    `ALTER TABLE "commit" ADD COLUMN "note" INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE "repository" ALTER COLUMN "attempts" SET NOT NULL`,
    `ALTER TABLE "repository" ALTER COLUMN "attempts" TYPE BIGINT`,
    `INSERT INTO "author" ("name") VALUES ('begin; select')`,
    `CREATE INDEX "i" ON "commit" ("oid")`,
    "create function f() returns trigger language plpgsql as $$ begin update commit set n = 1; return new; end $$",
  ])("may do the rest: %s", (sql) => {
    expect(faults(sql)).toEqual([]);
  });
});

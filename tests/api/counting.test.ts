import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/postgres/database.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { eventually } from "../support/eventually.js";
import { lockRows } from "../support/row-lock.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";
import { WAYS } from "./ways.js";

const READ_CONNECTIONS = 8;
/** A quarter of them. */
const PLACES = 2;
/** Of five counts each: some more than have a place or may wait for one. */
const MORE_THAN_WAIT = 24;
const DATED = 'since: "2020-01-01T00:00:00Z"';

const many = (count: number, field: string, alias = "s") =>
  `{ ${Array.from({ length: count }, (_, index) => `${alias}${index}: ${field}`).join(" ")} }`;
const ACTIVITY = "commitActivity(interval: MONTH) { commitCount }";
const AUTHORS = `topAuthors(first: 1, ${DATED}) { commitCount }`;

describe("statistics that count commits", () => {
  let api: TestApi;
  let url = "";
  beforeAll(async () => {
    api = await startTestApi({
      database: (_real, databaseUrl) => {
        url = databaseUrl;
        return openDatabase({ url, connectionsMax: 4, readConnectionsMax: READ_CONNECTIONS });
      },
    });
    const id = await storeRepository(api.database, "octo", "counted");
    await storeEvent(api.database, id, line(1, 10));
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  const heldByCounts = async () => {
    const [row] = await api.database.primaryReader.query<{ count: number }>(Prisma.sql`
      select count(*)::int as count from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'
         and query like '%author_hash%'`);
    return row?.count;
  };

  describe.each(WAYS)("over $way", ({ send }) => {
    it.each([
      ["activity", many(11, ACTIVITY)],
      ["authors of a time", many(11, AUTHORS)],
      [
        "authors of a time in a variable",
        `query ($s: DateTime) ${many(11, "topAuthors(since: $s) { commitCount }")}`,
      ],
      [
        "both",
        `{ ...A ...B } fragment A on Query ${many(6, ACTIVITY)} fragment B on Query ${many(5, AUTHORS, "t")}`,
      ],
    ])("are refused where one operation has too many counted: %s", async (_what, query) => {
      const { data, errors } = await send(api.url, { query });
      expect(data ?? null).toBeNull();
      expect(errors?.[0]).toMatchObject({
        message: "This operation asks for 11 counts of commits; at most 10 are allowed.",
        extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
      });
    });

    it("are answered up to ten, and of counters, which cost little, any number", async () => {
      const cheap = 'topAuthors(first: 1, since: null, repository: "octo/counted") { commitCount }';
      for (const query of [many(5, ACTIVITY), many(10, AUTHORS), many(25, cheap)]) {
        expect((await send(api.url, { query })).errors).toBeUndefined();
      }
    });

    it("hold a few connections at most, and nobody else's answer up", async () => {
      const commits = await lockRows(url, "lock table commit in access exclusive mode");
      const asked = Array.from({ length: MORE_THAN_WAIT }, (_, index) =>
        send(api.url, { query: many(5, index % 2 === 0 ? ACTIVITY : AUTHORS) }),
      );
      try {
        await eventually(async () => expect(await heldByCounts()).toBe(PLACES));
        // Too many wait: the last are sent away while the first are still being answered.
        const refused = await Promise.race(asked);
        expect(refused.errors?.[0]?.extensions).toMatchObject({ code: "RATE_LIMITED" });
        for (let bystander = 0; bystander < READ_CONNECTIONS; bystander += 1) {
          const query = '{ repository(nameWithOwner: "octo/counted") { state commitCount } }';
          expect(await send(api.url, { query })).toEqual({
            data: { repository: { state: "ACTIVE", commitCount: 10 } },
          });
        }
        expect(await heldByCounts()).toBe(PLACES);
      } finally {
        await commits.release();
      }
      for (const answer of asked) {
        for (const { extensions } of (await answer).errors ?? []) {
          expect(extensions?.code).toBe("RATE_LIMITED");
        }
      }
      expect((await send(api.url, { query: many(5, ACTIVITY) })).errors).toBeUndefined();
    });
  });
});

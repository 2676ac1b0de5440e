import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DATE_MAX, DATE_MIN } from "../../src/domain/commit.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { listCommitsByDate } from "../../src/store/commits/commit-reader.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

/** Before 1883 its clocks were 4:56:02 behind. */
const ZONE = "America/New_York";
const DATES = [
  DATE_MIN,
  new Date("0050-02-28T00:00:01Z"),
  new Date("1850-01-01T00:00:00Z"),
  new Date("1969-12-31T23:59:59Z"),
  new Date("2024-03-10T07:00:00Z"), // as the clocks go forward there
  DATE_MAX,
];

describe("dates, whatever the zone of this process", () => {
  let test: TestDatabase;
  let id: number;
  const zone = process.env.TZ;
  beforeAll(async () => {
    process.env.TZ = ZONE;
    test = await createTestDatabase();
    id = await storeRepository(test.database, "octo", "dates");
    const commits = line(1, DATES.length).map((commit, index) => ({
      ...commit,
      committedAt: DATES[index] ?? DATE_MIN,
      authoredAt: DATES[index] ?? DATE_MIN,
    }));
    await storeEvent(test.database, id, commits);
  });
  afterAll(async () => {
    process.env.TZ = zone;
    if (zone === undefined) delete process.env.TZ;
    await test[Symbol.asyncDispose]();
  });

  it.each(DATES)("%s is stored, shown, and an exact bound of a list", async (date) => {
    const page = { count: 10, direction: "ASC", from: "start" } as const;
    const list = async (bound: { since?: Date; until?: Date }) => {
      const filter = { repositoryId: id, reachable: true, ...bound };
      const ends = { after: null, before: null };
      const found = await listCommitsByDate(test.database, filter, ends, page);
      return found.map(({ committedAt }) => committedAt);
    };
    expect(await list({ since: date, until: date })).toEqual([date]);
    expect(await list({ since: date })).toEqual(DATES.filter((each) => each >= date));
    const after = new Date(date.getTime() + 1);
    expect(await list({ since: after })).toEqual(DATES.filter((each) => each > date));
  });

  it.each(DATES)("%s is read and written alike by both ways to the database", async (date) => {
    const { primary, reader } = test.database;
    const query = Prisma.sql`
      select ${date}::timestamptz as at, ${date.toISOString()}::timestamptz as told`;
    for (const rows of [await reader.query(query), await primary.$queryRaw(query)]) {
      expect(rows).toEqual([{ at: date, told: date }]);
    }
  });
});

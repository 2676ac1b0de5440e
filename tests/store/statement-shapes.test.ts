import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { Statements, statementFor } from "../../src/postgres/statement.js";
import { type PageQuery, pageQuery } from "../../src/store/commits/commit-order.js";
import {
  arrivalKeysOfHits,
  arrivalShape,
  fromArrivals,
} from "../../src/store/commits/commits-by-arrival.js";
import { dateKeysOfHits, dateShape, fromDates } from "../../src/store/commits/commits-by-date.js";

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const date = fc.integer({ min: 0, max: 5 }).map((day) => new Date(Date.UTC(2024, 0, 1 + day)));
const filter = fc.record({
  repositoryId: fc.option(fc.integer({ min: 1, max: 3 })),
  reachable: fc.option(fc.boolean()),
  author: maybe(fc.constantFrom("a", "b")),
  since: maybe(date),
  until: maybe(date),
  words: maybe(fc.array(fc.constantFrom("one", "two"), { minLength: 1 })),
});
const key = fc.record({
  committedAt: date,
  repositoryId: fc.integer({ min: 1, max: 3 }),
  oid: fc.constantFrom("a", "b"),
  sequence: fc.bigInt(0n, 3n),
  position: fc.integer({ min: 0, max: 3 }),
});
type Key = typeof key extends fc.Arbitrary<infer T> ? T : never;
const query: fc.Arbitrary<PageQuery<Key>> = fc
  .tuple(
    filter,
    fc.record({ after: fc.option(key), before: fc.option(key) }),
    fc.record({
      count: fc.integer({ min: 1, max: 100 }),
      direction: fc.constantFrom("ASC" as const, "DESC" as const),
      from: fc.constantFrom("start" as const, "end" as const),
    }),
  )
  .map(([which, stretch, page]) => pageQuery(which, stretch, page, {}));

describe("a page's statement", () => {
  it.each([
    { name: "by date", shape: dateShape, compose: fromDates },
    { name: "by date of hits", shape: dateShape, compose: dateKeysOfHits },
    { name: "by arrival", shape: arrivalShape, compose: fromArrivals },
    { name: "by arrival of hits", shape: arrivalShape, compose: arrivalKeysOfHits },
  ])("$name has one text for all queries of its shape, and each its own values", (one) => {
    const shape = one.shape as (query: PageQuery<Key>) => string;
    const compose = one.compose as (query: PageQuery<Key>) => Prisma.Sql;
    let composed = 0;
    const statements = new Statements(shape, (asked: PageQuery<Key>) => {
      composed += 1;
      return compose(asked);
    });
    fc.assert(
      fc.property(query, (asked) => {
        const { text, values } = statements.for(asked);
        expect({ text, values }).toEqual(statementFor(compose(asked), asked));
      }),
      { numRuns: 2_000 },
    );
    expect(composed).toBeLessThan(2_000);
  });
});

describe("a statement of a shape", () => {
  it("is composed once, and prepared under one name", () => {
    const statements = new Statements<{ value: number; way: string }>(
      ({ way }) => way,
      ({ way }) => Prisma.sql`select ${({ value }: { value: number }) => value} ${Prisma.raw(way)}`,
    );
    const [one, two, other] = [
      statements.for({ value: 1, way: "asc" }),
      statements.for({ value: 2, way: "asc" }),
      statements.for({ value: 2, way: "desc" }),
    ];
    expect([one?.values, two?.values]).toEqual([[1], [2]]);
    expect(two?.name).toBe(one?.name);
    expect(other?.name).not.toBe(one?.name);
  });
});

import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { Prisma } from "./prisma-client/client.js";

/** One statement to send. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Under which it is prepared; absent: its text's. */
  readonly name?: string;
}

/** Prepared statements are cached by name on each connection; the text itself names them. */
export function statementName(text: string): string {
  return createHash("sha1").update(text).digest("base64url");
}

/** A number as it stands in a statement's text, where the planner must know it. */
export function written(number: number): Prisma.Sql {
  if (!Number.isSafeInteger(number)) throw new TypeError("only integers are written out");
  return Prisma.raw(String(number));
}

const LIMITS = [6, 11, 21, 31, 51, 101];

/**
 * How many rows to ask for where so many are wanted: limits are written out, since the planner must know
 * that a page is small, and there may be only so many statements. Of 5, 10, 20, 30, 50 and 100 and one
 * more not a row too many is read, of others at most twice as many.
 */
export function limitFor(count: number): number {
  return LIMITS.find((limit) => limit >= count) ?? count;
}

/** In place of a value: what it is in a query. */
export type ValueOf<Query> = (query: Query) => unknown;

/** The statement for a query, of a text in which a `ValueOf` may stand for a value. */
export function statementFor<Query>({ text, values }: Prisma.Sql, query: Query): Statement {
  return { text, values: valuesOf(values, query) };
}

/** Shapes of one kind of query. */
const SHAPES_MAX = 500;

/**
 * Statements that are composed once for each shape of a query, with a `ValueOf` wherever a query has a
 * value of its own: to compose a page's statement takes longer than to read the answer. Of two queries
 * of one shape `compose` must make the same text.
 */
export class Statements<Query> {
  readonly #composed = new LRUCache<string, { name: string; text: string; values: unknown[] }>({
    max: SHAPES_MAX,
  });

  constructor(
    private readonly shapeOf: (query: Query) => string,
    private readonly compose: (query: Query) => Prisma.Sql,
  ) {}

  for(query: Query): Statement {
    const shape = this.shapeOf(query);
    let found = this.#composed.get(shape);
    if (found === undefined) {
      const { text, values } = this.compose(query);
      found = { name: statementName(text), text, values };
      this.#composed.set(shape, found);
    }
    return { name: found.name, text: found.text, values: valuesOf(found.values, query) };
  }
}

function valuesOf<Query>(values: readonly unknown[], query: Query): unknown[] {
  return values.map((value) =>
    typeof value === "function" ? (value as ValueOf<Query>)(query) : value,
  );
}

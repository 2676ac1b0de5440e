import { GraphQLError } from "graphql";

/** Of all variables of an operation together: numbers, strings, lists, objects, all that there is. */
const VALUES_MAX = 2_000;
const DEPTH_MAX = 10;

/**
 * What is wrong with variables before their types are looked at: to tell of each of 100,000 values that
 * it does not fit would hold the process for a second. Null for nothing.
 */
export function oversize(variables: Readonly<Record<string, unknown>>): GraphQLError | null {
  let level: unknown[] = [variables];
  let count = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEPTH_MAX) return refusal(`go ${depth} levels deep; at most ${DEPTH_MAX}`);
    const inner: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      const values = Array.isArray(value) ? value : Object.values(value);
      count += values.length;
      if (count > VALUES_MAX)
        return refusal(`hold more than ${VALUES_MAX} values; at most so many`);
      for (const one of values) inner.push(one);
    }
    level = inner;
  }
  return null;
}

function refusal(what: string): GraphQLError {
  return new GraphQLError(`The variables ${what} are taken. Pass long lists in several requests.`, {
    extensions: { code: "BAD_USER_INPUT" },
  });
}

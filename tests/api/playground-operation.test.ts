import { getOperationAST, Kind, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readyOperations } from "../../src/api/playground/operation-collection.js";
import { operationToSend } from "../../src/api/playground/page/operations.js";

const DOCUMENTS = [
  ...readyOperations("https://github.com/octo/one").map(({ query }) => query),
  "{ subscription query mutation }",
  "subscription { commitsIngested { cursor } }",
  "query subscription { a }",
  "query A($subscription: Int = 1, $b: [X!] = { query: [1] }) @skip(if: $subscription) { a(mutation: {}) }",
  '# subscription X { "\nquery A { a(text: "} subscription B { \\" { # ") } # mutation C {\n',
  'query A { a(text: """ } subscription B { \\""" " """) } mutation C { b }',
  "fragment F on query { a } subscription S { ...F } query Q { ...F }",
  "query A { a }\nsubscription B { b }\nmutation C { c }",
];

/** What graphql-js takes the document for. */
function oracle(query: string) {
  return parse(query).definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? [{ type: definition.operation, name: definition.name?.value }]
      : [],
  );
}

describe("the operation that the playground sends", () => {
  it.each(DOCUMENTS)("is the one that is named in its text: %s", (query) => {
    for (const { type, name } of oracle(query)) {
      const { type: found = "query", payload } = operationToSend({
        ...{ query, variables: undefined, operationName: name },
      });
      expect(found).toBe(type);
      expect(payload).toMatchObject({ query, operationName: name });
      expect(getOperationAST(parse(query), payload.operationName)?.operation).toBe(type);
    }
  });

  it("is the only one of its text where another tab's name comes with it", () => {
    const query = "subscription Follow { commitsIngested { cursor } }";
    expect(operationToSend({ query, variables: { a: 1 }, operationName: "Before" })).toEqual({
      type: "subscription",
      payload: { query, variables: { a: 1 }, operationName: "Follow" },
    });
    expect(
      operationToSend({ query: "{ a }", variables: undefined, operationName: "Before" }).payload,
    ).toEqual({
      query: "{ a }",
    });
  });
});

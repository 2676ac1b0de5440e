import { readFile } from "node:fs/promises";
import { buildSchema, parse, specifiedRules, validate } from "graphql";
import { describe, expect, it } from "vitest";
import { createLimitsRule } from "../../src/api/execution/limits.js";
import { readyOperations } from "../../src/api/playground/operation-collection.js";

describe("the operations that the playground opens with", () => {
  it.each(
    readyOperations("https://github.com/octo/one").map((operation) => ({
      ...operation,
      name: /(?:query|mutation|subscription) (\w+)/.exec(operation.query)?.[1] ?? "",
    })),
  )("are valid as they stand: $name", async ({ query, variables = "{}" }) => {
    const file = await readFile(new URL("../../schema.graphql", import.meta.url), "utf8");
    const document = parse(query);
    expect(validate(buildSchema(file), document, [...specifiedRules, createLimitsRule()])).toEqual(
      [],
    );
    expect(Object.values(JSON.parse(variables) as object).every((one) => one !== "")).toBe(true);
  });
});

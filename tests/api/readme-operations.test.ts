import { readFile } from "node:fs/promises";
import { buildSchema, parse, specifiedRules, validate } from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { createLimitsRule } from "../../src/api/execution/limits.js";

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), "utf8");

describe("README's operations", () => {
  let operations: string[];
  beforeAll(async () => {
    const blocks = (await read("README.md")).matchAll(/```graphql\n([^`]*)```/g);
    operations = [...blocks].map(([, operation = ""]) => operation);
  });

  it("are valid, and within the limits", async () => {
    const schema = buildSchema(await read("schema.graphql"));
    expect(operations.length).toBeGreaterThan(5);
    for (const operation of operations) {
      const faults = validate(schema, parse(operation), [...specifiedRules, createLimitsRule()]);
      expect(faults, operation).toEqual([]);
    }
  });
});

/** Writes schema.graphql from the resolvers; `--check` fails when it is stale. */
import { readFile, writeFile } from "node:fs/promises";
import { lexicographicSortSchema, printSchema } from "graphql";
import type { OperationApis } from "../src/api/execution/operation-api.js";
import { createSchema } from "../src/api/schema/schema.js";

const FILE = "schema.graphql";
const schema = await createSchema({} as OperationApis); // printing calls no resolver
const text = `${printSchema(lexicographicSortSchema(schema))}\n`;
if (process.argv.includes("--check")) {
  if ((await readFile(FILE, "utf8").catch(() => "")) !== text) {
    process.stderr.write(`${FILE} is stale; run: npm run generate:schema\n`);
    process.exitCode = 1;
  }
} else {
  await writeFile(FILE, text);
}

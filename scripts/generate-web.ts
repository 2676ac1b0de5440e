/** Writes the page's typed operations from its documents and schema.graphql; `--check` fails when they are stale. */
import { readdir, readFile } from "node:fs/promises";
import { Kind, parse } from "graphql";
import { typedModule, writeGenerated } from "./typed-operations.js";

const HEAD = `// Written by \`npm run generate:web\` from schema.graphql and the page's *.graphql.
import { gql } from "@urql/preact";`;

const paths = (await readdir("src/web", { recursive: true }))
  .filter((name) => name.endsWith(".graphql"))
  .map((name) => `src/web/${name}`)
  .sort();
const parts = await Promise.all(paths.map(async (path) => parse(await readFile(path, "utf8"))));
const whole = {
  kind: Kind.DOCUMENT,
  definitions: parts.flatMap((part) => part.definitions),
} as const;
const text = await typedModule(whole, {
  head: HEAD,
  declare: ({ name, type, text: operation }) =>
    `export const ${name}Document = gql<${type}, ${type}Variables>(${JSON.stringify(operation)});`,
});
await writeGenerated("src/web/operations.generated.ts", text, "generate:web");

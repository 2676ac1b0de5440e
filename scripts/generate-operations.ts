/** Writes the package's typed operations from their documents and schema.graphql; `--check` fails when they are stale. */
import { readFile } from "node:fs/promises";
import { parse } from "graphql";
import { typedModule, writeGenerated } from "./typed-operations.js";

const SOURCE = "src/client/operations.graphql";
const HEAD = `// Written by \`npm run generate:operations\` from schema.graphql and ${SOURCE}.
import { parse, type TypedQueryDocumentNode } from "graphql";
`;

const text = await typedModule(parse(await readFile(SOURCE, "utf8")), {
  head: HEAD,
  declare: ({ name, type, text: operation }) => {
    const typed = `TypedQueryDocumentNode<${type}, ${type}Variables>`;
    // A bundler leaves out those that are not used.
    return `export const ${name}Document = /* @__PURE__ */ parse(${JSON.stringify(operation)}) as ${typed};`;
  },
});
await writeGenerated("src/client/operations.generated.ts", text, "generate:operations");

/** Writes the package's typed operations from their documents and schema.graphql; `--check` fails when they are stale. */
import { readFile, writeFile } from "node:fs/promises";
import { codegen } from "@graphql-codegen/core";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import {
  buildASTSchema,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  separateOperations,
  validate,
} from "graphql";

const SOURCE = "src/client/operations.graphql";
const FILE = "src/client/operations.generated.ts";
const HEAD = `// Written by \`npm run generate:operations\` from schema.graphql and ${SOURCE}.
import { parse, type TypedQueryDocumentNode } from "graphql";
`;
const SCALARS = { ID: "string", DateTime: "string", JSONObject: "unknown" };

const schema = parse(await readFile("schema.graphql", "utf8"));
const document = parse(await readFile(SOURCE, "utf8"));
const faults = validate(buildASTSchema(schema), document);
if (faults.length > 0) throw new Error(faults.map(String).join("\n\n"));

const types = await codegen({
  schema,
  documents: [{ document }],
  filename: FILE,
  pluginMap: { typescriptOperations },
  plugins: [{ typescriptOperations: {} }],
  config: {
    ...{ enumsAsTypes: true, immutableTypes: true, skipTypename: true, scalars: SCALARS },
    inlineFragmentTypes: "combine",
  },
});
const documents = Object.entries(separateOperations(document)).map(([name, whole]) =>
  constantOf(name, whole),
);
/** What the generator adds for a directive that is not used here. */
const UNUSED = /^\/\*\* Internal type.*\nexport type Incremental.*\n/m;
const text = [HEAD, types.replace(UNUSED, ""), ...documents, ""].join("\n");

if (!process.argv.includes("--check")) {
  await writeFile(FILE, text);
} else if ((await readFile(FILE, "utf8").catch(() => "")) !== text) {
  process.stderr.write(`${FILE} is stale; run: npm run generate:operations\n`);
  process.exitCode = 1;
}

/** One operation with the fragments that it stands on; a bundler leaves out those that are not used. */
function constantOf(name: string, whole: DocumentNode): string {
  const { operation } = whole.definitions.find(
    ({ kind }) => kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
  const type = `${name}${operation.replace(/^./, (first) => first.toUpperCase())}`;
  const typed = `TypedQueryDocumentNode<${type}, ${type}Variables>`;
  const text = JSON.stringify(print(whole).replaceAll(/\s+/g, " "));
  return `export const ${name}Document = /* @__PURE__ */ parse(${text}) as ${typed};`;
}

/** Writes the page's typed operations from its documents and schema.graphql; `--check` fails when they are stale. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { codegen } from "@graphql-codegen/core";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import {
  buildASTSchema,
  type DefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  specifiedRules,
  validate,
  visit,
} from "graphql";

const FILE = "src/web/operations.generated.ts";
const NOTE = "// Written by `npm run generate:web` from schema.graphql and the page's *.graphql.";
const SCALARS = { ID: "string", DateTime: "string", JSONObject: "unknown" };

const schema = parse(await readFile("schema.graphql", "utf8"));
const definitions = (await Promise.all((await documentPaths()).map(readDefinitions))).flat();
const whole = { kind: Kind.DOCUMENT, definitions } as const;
const rules = specifiedRules.filter(({ name }) => name !== "LoneAnonymousOperationRule");
const faults = validate(buildASTSchema(schema), whole, rules);
if (faults.length > 0) throw new Error(faults.map(String).join("\n\n"));

const types = await codegen({
  schema,
  documents: [{ document: whole }],
  filename: FILE,
  pluginMap: { typescriptOperations },
  plugins: [{ typescriptOperations: {} }],
  config: {
    ...{ enumsAsTypes: true, immutableTypes: true, skipTypename: true, scalars: SCALARS },
    ...{ inlineFragmentTypes: "combine", dedupeOperationSuffix: true },
  },
});
const documents = definitions
  .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  .map(documentOf);
/** What the generator adds for a directive that is not used here. */
const UNUSED = /^\/\*\* Internal type.*\nexport type Incremental.*\n/m;
const text = [
  NOTE,
  'import { gql } from "@urql/preact";',
  types.replace(UNUSED, ""),
  ...documents,
  "",
].join("\n");

if (!process.argv.includes("--check")) {
  await writeFile(FILE, text);
} else if ((await readFile(FILE, "utf8").catch(() => "")) !== text) {
  process.stderr.write(`${FILE} is stale; run: npm run generate:web\n`);
  process.exitCode = 1;
}

async function documentPaths(): Promise<string[]> {
  const names = await readdir("src/web", { recursive: true });
  return names
    .filter((name) => name.endsWith(".graphql"))
    .map((name) => `src/web/${name}`)
    .sort();
}

async function readDefinitions(path: string): Promise<readonly DefinitionNode[]> {
  return parse(await readFile(path, "utf8")).definitions;
}

/** With all fragments that it stands on, spaces saved. */
function documentOf(operation: OperationDefinitionNode): string {
  const name = `${operation.name?.value}${operation.operation.replace(/^./, (c) => c.toUpperCase())}`;
  const parts = [operation, ...fragmentsOf(operation)].map((node) => print(node));
  const text = parts.join("\n").replaceAll(/\s+/g, " ");
  const constant = `${operation.name?.value}Document`;
  return `export const ${constant} = gql<${name}, ${name}Variables>(${JSON.stringify(text)});`;
}

function fragmentsOf(operation: OperationDefinitionNode): DefinitionNode[] {
  const found = new Map<string, DefinitionNode>();
  const look = (node: DefinitionNode) =>
    visit(node, {
      FragmentSpread({ name: { value } }) {
        if (found.has(value)) return;
        const fragment = definitions.find(
          (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === value,
        );
        if (fragment === undefined) throw new Error(`there is no fragment ${value}`);
        found.set(value, fragment);
        look(fragment);
      },
    });
  look(operation);
  return [...found.values()];
}

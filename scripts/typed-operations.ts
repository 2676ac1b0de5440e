/** What is generated for clients in TypeScript: the operations of a document, with their types. */
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

const SCALARS = { ID: "string", DateTime: "string", JSONObject: "unknown" };
/** What the generator adds for a directive that is not used here. */
const UNUSED = /^\/\*\* Internal type.*\nexport type Incremental.*\n/m;

export interface TypedOperation {
  readonly name: string;
  /** Of its data; of its variables it is the same with `Variables` behind. */
  readonly type: string;
  /** With all fragments that it stands on, spaces saved. */
  readonly text: string;
}

/** A module of a head, the types, and what `declare` makes of each operation; throws for what the schema does not allow. */
export async function typedModule(
  document: DocumentNode,
  { head, declare }: { head: string; declare: (operation: TypedOperation) => string },
): Promise<string> {
  const schema = parse(await readFile("schema.graphql", "utf8"));
  const faults = validate(buildASTSchema(schema), document);
  if (faults.length > 0) throw new Error(faults.map(String).join("\n\n"));
  const types = await codegen({
    schema,
    documents: [{ document }],
    filename: "",
    pluginMap: { typescriptOperations },
    plugins: [{ typescriptOperations: {} }],
    config: {
      ...{ enumsAsTypes: true, immutableTypes: true, skipTypename: true, scalars: SCALARS },
      ...{ inlineFragmentTypes: "combine", dedupeOperationSuffix: true },
    },
  });
  const operations = Object.entries(separateOperations(document)).map(([name, whole]) =>
    declare(typedOperation(name, whole)),
  );
  return [head, types.replace(UNUSED, ""), ...operations, ""].join("\n");
}

function typedOperation(name: string, { definitions }: DocumentNode): TypedOperation {
  const isOperation = ({ kind }: { kind: Kind }) => kind === Kind.OPERATION_DEFINITION;
  const own = definitions.find(isOperation) as OperationDefinitionNode;
  const fragments = definitions.filter((definition) => !isOperation(definition));
  const text = [own, ...fragments].map((node) => print(node)).join(" ");
  return {
    name,
    type: `${name}${own.operation.replace(/^./, (first) => first.toUpperCase())}`,
    text: text.replaceAll(/\s+/g, " "),
  };
}

/** Writes the file; with `--check` only fails when it is stale. */
export async function writeGenerated(file: string, text: string, command: string): Promise<void> {
  if (!process.argv.includes("--check")) return await writeFile(file, text);
  if ((await readFile(file, "utf8").catch(() => "")) === text) return;
  process.stderr.write(`${file} is stale; run: npm run ${command}\n`);
  process.exitCode = 1;
}

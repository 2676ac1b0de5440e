import type { ASTNode, DocumentNode, GraphQLError } from "graphql";
import { Kind, visit } from "graphql";
import type { WireError } from "./github-error.js";

/**
 * GitHub runs graphql-ruby, so its refusals of a query read differently from graphql-js's. This
 * rewrites the common ones; a fault it does not know keeps graphql-js's words.
 */
export function toRubyError(error: GraphQLError, document: DocumentNode): WireError {
  const wording = WORDINGS.map(([pattern, build]) => {
    const match = pattern.exec(error.message);
    return (
      match &&
      build(
        match.slice(1).map((group) => group ?? ""),
        error.nodes?.[0],
      )
    );
  }).find((found) => found !== null);
  const node = error.nodes?.[0];
  return {
    ...(node && { path: documentPath(document, node) }),
    ...(wording?.extensions && { extensions: wording.extensions }),
    ...(error.locations && { locations: error.locations }),
    message: wording?.message ?? error.message,
  };
}

interface Wording {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

type Build = (groups: readonly string[], node: ASTNode | undefined) => Wording;

const WORDINGS: readonly (readonly [RegExp, Build])[] = [
  [
    /^Cannot query field "(.+?)" on type "(.+?)"/,
    ([fieldName = "", typeName = ""]) => ({
      message: `Field '${fieldName}' doesn't exist on type '${typeName}'`,
      extensions: { code: "undefinedField", typeName, fieldName },
    }),
  ],
  [
    /^Field "(.+?)" of type "(.+?)" must have a selection of subfields/,
    ([name = "", type = ""]) => {
      const typeName = type.replace(/[[\]!]/g, "");
      return {
        message: `Field must have selections (field '${name}' returns ${typeName} but has no selections. Did you mean '${name} { ... }'?)`,
        extensions: { code: "selectionMismatch", nodeName: `field '${name}'`, typeName },
      };
    },
  ],
  [
    /^Field "(.+?)" must not have a selection since type "(.+?)" has no subfields/,
    ([name = "", type = ""], node) => {
      const typeName = type.replace(/[[\]!]/g, "");
      return {
        message: `Selections can't be made on scalars (field '${name}' returns ${typeName} but has selections [${selectedNames(node)}])`,
        extensions: { code: "selectionMismatch", nodeName: `field '${name}'`, typeName },
      };
    },
  ],
  [
    /^Unknown argument "(.+?)" on field "(?:.+?)\.(.+?)"/,
    ([argumentName = "", name = ""]) => ({
      message: `Field '${name}' doesn't accept argument '${argumentName}'`,
      extensions: { code: "argumentNotAccepted", name, typeName: "Field", argumentName },
    }),
  ],
  [
    /^Field "(.+?)" argument "(.+?)" of type ".+?" is required, but it was not provided/,
    ([name = "", argument = ""]) => ({
      message: `Field '${name}' is missing required arguments: ${argument}`,
      extensions: {
        code: "missingRequiredArguments",
        className: "Field",
        name,
        arguments: argument,
      },
    }),
  ],
  [
    /^Variable "\$(.+?)" is not defined(?: by operation "(.+?)")?/,
    ([variableName = "", operation = ""]) => ({
      message: `Variable $${variableName} is used by ${operation || "anonymous query"} but not declared`,
      extensions: { code: "variableNotDefined", variableName },
    }),
  ],
  [
    /^Variable "\$(.+?)" is never used(?: in operation "(.+?)")?/,
    ([variableName = "", operation = ""]) => ({
      message: `Variable $${variableName} is declared by ${operation || "anonymous query"} but not used`,
      extensions: { code: "variableNotUsed", variableName },
    }),
  ],
  [
    /^Unknown fragment "(.+?)"/,
    ([fragmentName = ""]) => ({
      message: `Fragment ${fragmentName} was used, but not defined`,
      extensions: { code: "useAndDefineFragment", fragmentName },
    }),
  ],
  [
    /^Fragment "(.+?)" is never used/,
    ([fragmentName = ""]) => ({
      message: `Fragment ${fragmentName} was defined, but not used`,
      extensions: { code: "useAndDefineFragment", fragmentName },
    }),
  ],
  [
    /^Unknown type "(.+?)"/,
    ([typeName = ""]) => ({
      message: `No such type ${typeName}, so it can't be a fragment condition`,
      extensions: { code: "undefinedType", typeName },
    }),
  ],
  [
    /^Fragment(?: "(.+?)")? cannot be spread here as objects of type "(.+?)" can never be of type "(.+?)"/,
    ([fragmentName = "", parentName = "", typeName = ""]) => ({
      message: `Fragment ${fragmentName ? `${fragmentName} on` : "on"} ${typeName} can't be spread inside ${parentName}`,
      extensions: {
        code: "cannotSpreadFragment",
        typeName,
        fragmentName: fragmentName || "unknown",
        parentName,
      },
    }),
  ],
];

function selectedNames(node: ASTNode | undefined): string {
  if (node?.kind !== Kind.SELECTION_SET) return "";
  const names = node.selections.map((each) =>
    each.kind === Kind.FIELD ? `"${each.name.value}"` : '"..."',
  );
  return names.join(", ");
}

/** graphql-ruby's path: the operation or fragment, then field names or aliases down to the fault. */
function documentPath(document: DocumentNode, wanted: ASTNode): string[] {
  const path: string[] = [];
  let found: string[] | undefined;
  visit(document, {
    enter(node) {
      const step = pathStep(node);
      if (step !== undefined) path.push(step);
      if (node === wanted) found = [...path];
      return undefined;
    },
    leave(node) {
      if (pathStep(node) !== undefined) path.pop();
      return undefined;
    },
  });
  return found ?? [];
}

function pathStep(node: ASTNode): string | undefined {
  switch (node.kind) {
    case Kind.OPERATION_DEFINITION:
      return node.name ? `${node.operation} ${node.name.value}` : node.operation;
    case Kind.FRAGMENT_DEFINITION:
      return `fragment ${node.name.value}`;
    case Kind.INLINE_FRAGMENT:
      return node.typeCondition ? `... on ${node.typeCondition.name.value}` : "...";
    case Kind.FRAGMENT_SPREAD:
      return `... ${node.name.value}`;
    case Kind.FIELD:
      return (node.alias ?? node.name).value;
    case Kind.ARGUMENT:
      return node.name.value;
    default:
      return undefined;
  }
}

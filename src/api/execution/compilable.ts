import {
  type ASTNode,
  BREAK,
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";

/** Neither GraphQL's own, as `__schema`, nor a property of every object, as `__proto__`. */
const PLAIN_NAME = /^(?!constructor$)[A-Za-z][A-Za-z0-9_]*$/;

/** Of what a plain document is made; there is no directive among them. */
const PLAIN_KINDS: ReadonlySet<string> = new Set([
  ...[Kind.DOCUMENT, Kind.OPERATION_DEFINITION, Kind.FRAGMENT_DEFINITION, Kind.NAME],
  ...[Kind.SELECTION_SET, Kind.FIELD, Kind.FRAGMENT_SPREAD, Kind.INLINE_FRAGMENT, Kind.ARGUMENT],
  ...[Kind.VARIABLE_DEFINITION, Kind.VARIABLE, Kind.NAMED_TYPE, Kind.LIST_TYPE],
  ...[Kind.NON_NULL_TYPE, Kind.INT, Kind.STRING, Kind.BOOLEAN, Kind.ENUM, Kind.NULL, Kind.LIST],
  ...[Kind.OBJECT, Kind.OBJECT_FIELD],
]);

/**
 * Whether a valid document says nothing but what the compiler carries out as graphql does, which
 * `tests/api/executed-alike.test.ts` shows: one operation of fields under plain names, fragments without
 * conditions, arguments that are literals or whole variables, and variables without defaults that may be
 * null only where the argument may. Whatever else there is in GraphQL, now or later, is interpreted.
 */
export function isCompilable(schema: GraphQLSchema, document: DocumentNode): boolean {
  const [operation, ...others] = document.definitions.filter(
    ({ kind }) => kind === Kind.OPERATION_DEFINITION,
  ) as readonly OperationDefinitionNode[];
  const types = operation && others.length === 0 ? plainVariables(schema, operation) : null;
  if (types === null) return false;

  const typeInfo = new TypeInfo(schema);
  const isPlainNode = (node: ASTNode): boolean => {
    if (!PLAIN_KINDS.has(node.kind)) return false;
    if (node.kind === Kind.FIELD) return isPlainField((node.alias ?? node.name).value);
    if (node.kind !== Kind.ARGUMENT || node.value.kind !== Kind.VARIABLE) return true;
    const type = types.get(node.value.name.value);
    return isNonNullType(type) || !isNonNullType(typeInfo.getInputType());
  };
  let isPlain = true;
  const refuse = () => {
    isPlain = false;
    return BREAK;
  };
  const enter = (node: ASTNode) => (isPlainNode(node) ? undefined : refuse());
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      enter,
      // Part of a value, it may be left out of it.
      Variable: {
        enter: (_node, _key, parent) =>
          isWhole(parent as ASTNode | undefined) ? undefined : refuse(),
      },
    }),
  );
  return isPlain;
}

function isPlainField(responseName: string): boolean {
  return responseName === "__typename" || PLAIN_NAME.test(responseName);
}

function isWhole(parent: ASTNode | undefined): boolean {
  return parent?.kind === Kind.ARGUMENT || parent?.kind === Kind.VARIABLE_DEFINITION;
}

/** An operation's variables with their types. Null where one is not plain. */
function plainVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): ReadonlyMap<string, GraphQLInputType> | null {
  const types = new Map<string, GraphQLInputType>();
  for (const { variable, type: node, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    const type = typeFromAST(schema, node as Parameters<typeof typeFromAST>[1]);
    const isPlain = isInputType(type) && defaultValue === undefined && isPlainType(type);
    if (!isPlain || !PLAIN_NAME.test(name)) return null;
    types.set(name, type);
  }
  return types;
}

/** The compiler writes an input field's default out as JSON. */
function isPlainType(type: GraphQLInputType): boolean {
  if (isNonNullType(type) || isListType(type)) return isPlainType(type.ofType);
  if (!isInputObjectType(type)) return true;
  return Object.values(type.getFields()).every(({ type: inner, defaultValue }) => {
    return (defaultValue == null || typeof defaultValue !== "object") && isPlainType(inner);
  });
}

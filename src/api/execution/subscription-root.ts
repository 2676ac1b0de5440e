import {
  type ASTVisitor,
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  GraphQLError,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  getOperationAST,
  getVariableValues,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  SingleFieldSubscriptionsRule,
  specifiedRules,
  type ValidationRule,
} from "graphql";

/** Of a subscription's root, in order: `isLeftOut` decides which selections are not there. */
function rootFields(
  { selections }: SelectionSetNode,
  fragmentOf: (name: string) => SelectionSetNode | undefined,
  isLeftOut: (selection: SelectionNode) => boolean,
  spread = new Set<string>(),
): FieldNode[] {
  return selections.flatMap((selection) => {
    if (isLeftOut(selection)) return [];
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return rootFields(selection.selectionSet, fragmentOf, isLeftOut, spread);
    }
    const name = selection.name.value;
    const fragment = spread.has(name) ? undefined : fragmentOf(name);
    spread.add(name);
    return fragment === undefined ? [] : rootFields(fragment, fragmentOf, isLeftOut, spread);
  });
}

/**
 * Graphql's rule that a subscription has one field at its root, where conditions that vary count as
 * met: graphql's own gives up on them, since it asks for their values before there are any.
 */
const singleRootField: ValidationRule = (context): ASTVisitor => ({
  OperationDefinition(operation) {
    if (operation.operation !== "subscription") return;
    const fragmentOf = (name: string) => context.getFragment(name)?.selectionSet;
    const fields = rootFields(operation.selectionSet, fragmentOf, isNeverThere);
    const who = operation.name
      ? `Subscription "${operation.name.value}"`
      : "Anonymous Subscription";
    const nameOf = ({ alias, name }: FieldNode) => (alias ?? name).value;
    const others = fields.filter((field) => nameOf(field) !== nameOf(fields[0] as FieldNode));
    if (others.length > 0) {
      const message = `${who} must select only one top level field.`;
      context.reportError(new GraphQLError(message, { nodes: others }));
    }
    const meta = fields.filter(({ name }) => name.value.startsWith("__"));
    if (meta.length > 0) {
      const message = `${who} must not select an introspection top level field.`;
      context.reportError(new GraphQLError(message, { nodes: meta }));
    }
  },
});

function isNeverThere({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name, arguments: [given] = [] }) => {
    if (given?.value.kind !== Kind.BOOLEAN) return false;
    return name.value === "skip"
      ? given.value.value
      : name.value === "include" && !given.value.value;
  });
}

/** Graphql's rules, with that one in the place of its own. */
export const GRAPHQL_RULES: readonly ValidationRule[] = specifiedRules.map((rule) =>
  rule === SingleFieldSubscriptionsRule ? singleRootField : rule,
);

/** Graphql's `createSourceEventStream`, which never rejects: what cannot be opened is told as errors. */
export async function openSource(
  args: ExecutionArgs,
): Promise<AsyncIterable<unknown> | ExecutionResult> {
  try {
    return isRootEmpty(args)
      ? { errors: [nothingAsked(args)] }
      : await createSourceEventStream(args);
  } catch (error) {
    return { errors: [asGraphQLError(error)] };
  }
}

function isRootEmpty({ schema, document, operationName, variableValues }: ExecutionArgs): boolean {
  const operation = getOperationAST(document, operationName);
  if (!operation) return false;
  const declared = operation.variableDefinitions ?? [];
  const { coerced } = getVariableValues(schema, declared, variableValues ?? {});
  if (coerced === undefined) return false; // graphql says what is wrong with them
  const fragmentOf = (wanted: string) =>
    document.definitions.find(
      (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === wanted,
    ) as { selectionSet: SelectionSetNode } | undefined;
  const isLeftOut = (selection: SelectionNode) =>
    getDirectiveValues(GraphQLSkipDirective, selection, coerced)?.if === true ||
    getDirectiveValues(GraphQLIncludeDirective, selection, coerced)?.if === false;
  const fields = rootFields(
    operation.selectionSet,
    (name) => fragmentOf(name)?.selectionSet,
    isLeftOut,
  );
  return fields.length === 0;
}

function nothingAsked({ document, operationName }: ExecutionArgs): GraphQLError {
  const operation = getOperationAST(document, operationName);
  return new GraphQLError("`@skip` and `@include` leave this subscription nothing to follow.", {
    nodes: operation ?? null,
    extensions: { code: "BAD_USER_INPUT" },
  });
}

/** What was thrown, as an error of an answer; what it is to a client is decided by the format. */
export function asGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

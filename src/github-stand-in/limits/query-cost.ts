import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLObjectType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from "graphql";
import {
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
} from "graphql";

const REQUESTS_PER_POINT = 100;

export interface QueryCost {
  /** Points of the hourly budget; at least 1. */
  readonly cost: number;
  /** Nodes the query could return if every connection were full. */
  readonly nodeCount: number;
  /** Asks for nothing but `rateLimit`: GitHub does not charge it. */
  readonly isFree: boolean;
  /** Has `rateLimit(dryRun: true)`: is priced, not run. */
  readonly isDryRun: boolean;
}

interface CostInput {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * GitHub's cost rule: for every connection, the requests it would take if every level above it were
 * full; their sum divided by 100, rounded to the nearest integer. `nodes(ids:)` is no connection,
 * so it adds nodes and no requests, but what is asked of each node counts once per id.
 * https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export function measureQuery({ schema, document, operation, variables }: CostInput): QueryCost {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  const root = schema.getRootType(operation.operation);
  const measure = new Measure(schema, fragments, variables);
  if (root) measure.selections(operation.selectionSet, root, 1);
  const top = operation.selectionSet.selections;
  const rateLimits = top.filter((selection) => isRateLimit(selection));
  return {
    cost: Math.max(1, Math.round(measure.requests / REQUESTS_PER_POINT)),
    nodeCount: measure.nodes,
    isFree: rateLimits.length === top.length,
    isDryRun: rateLimits.some((field) => argument(field, "dryRun", variables) === true),
  };
}

export function isRateLimit(selection: SelectionNode): selection is FieldNode {
  return selection.kind === Kind.FIELD && selection.name.value === "rateLimit";
}

/** A field that pages: its type is a connection and it takes `first` and `last`. */
export function isConnectionField(field: GraphQLField<unknown, unknown>): boolean {
  return (
    getNamedType(field.type).name.endsWith("Connection") &&
    field.args.some(({ name }) => name === "first")
  );
}

class Measure {
  requests = 0;
  nodes = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly variables: Readonly<Record<string, unknown>>,
  ) {}

  /** `times`: how often this selection is evaluated when every level above is full. */
  selections(set: SelectionSetNode, parent: unknown, times: number): void {
    if (!isObjectType(parent) && !isInterfaceType(parent)) {
      // A union has no fields of its own; its fragments name their types.
      for (const selection of set.selections) this.fragment(selection, parent, times);
      return;
    }
    const fields = (parent as GraphQLObjectType).getFields();
    for (const selection of set.selections) {
      if (selection.kind !== Kind.FIELD) this.fragment(selection, parent, times);
      else if (this.isIncluded(selection)) this.field(selection, fields, times);
    }
  }

  private field(
    node: FieldNode,
    fields: Readonly<Record<string, GraphQLField<unknown, unknown>>>,
    times: number,
  ): void {
    const field = fields[node.name.value];
    if (field === undefined) return;
    let timesBelow = times;
    if (isConnectionField(field)) {
      this.requests += times;
      timesBelow = times * this.count(node, "first", "last");
      this.nodes += timesBelow;
    } else if (node.name.value === "nodes" && field.args.some(({ name }) => name === "ids")) {
      const ids = argument(node, "ids", this.variables);
      timesBelow = times * (Array.isArray(ids) ? ids.length : 1);
      this.nodes += timesBelow;
    }
    if (node.selectionSet) {
      this.selections(node.selectionSet, getNamedType(field.type), timesBelow);
    }
  }

  private fragment(selection: SelectionNode, parent: unknown, times: number): void {
    if (selection.kind === Kind.FIELD || !this.isIncluded(selection)) return;
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : this.fragments.get(selection.name.value);
    if (fragment === undefined) return;
    const condition = fragment.typeCondition?.name.value;
    const type = condition === undefined ? parent : this.schema.getType(condition);
    this.selections(fragment.selectionSet, type, times);
  }

  private isIncluded(node: SelectionNode): boolean {
    if (node.directives === undefined || node.directives.length === 0) return true;
    const variables = { ...this.variables };
    const skip = getDirectiveValues(GraphQLSkipDirective, node, variables);
    const include = getDirectiveValues(GraphQLIncludeDirective, node, variables);
    return skip?.if !== true && include?.if !== false;
  }

  private count(node: FieldNode, ...names: readonly string[]): number {
    for (const name of names) {
      const value = argument(node, name, this.variables);
      if (typeof value === "number") return Math.max(0, value);
    }
    return 0;
  }
}

/** What a field was given under this name, variables put in. */
export function argument(
  node: FieldNode,
  name: string,
  variables: Readonly<Record<string, unknown>>,
): unknown {
  const given = node.arguments?.find((each) => each.name.value === name);
  return given && valueFromASTUntyped(given.value, { ...variables });
}

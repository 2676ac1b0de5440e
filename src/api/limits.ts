import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from "graphql";

/** Of one operation, over HTTP and WebSocket alike. GraphiQL's introspection fits. */
export const TOKENS_MAX = 2_000;
const DEPTH_MAX = 15; // introspection needs 13
const ALIASES_MAX = 30;
const DIRECTIVES_MAX = 30;
/** Objects that an operation can ask for at most: products of `first` down every path. */
const NODES_MAX = 20_000;
const PAGE_SIZE_DEFAULT = 20;

interface Measure {
  depth: number;
  aliases: number;
  directives: number;
  nodes: number;
}

/** Refuses operations that are too deep, too wide, or ask for too much at once. */
export const limitsRule: ValidationRule = (context: ValidationContext): ASTVisitor => ({
  OperationDefinition(operation) {
    const { depth, aliases, directives, nodes } = measure(
      context,
      operation.selectionSet,
      1,
      new Set(),
    );
    const checks: readonly [string, number, number][] = [
      ["nested levels", depth, DEPTH_MAX],
      ["aliases", aliases, ALIASES_MAX],
      ["directives", directives, DIRECTIVES_MAX],
      ["objects", nodes, NODES_MAX],
    ];
    for (const [what, asked, limit] of checks) {
      if (asked <= limit) continue;
      const message = `This operation asks for ${asked} ${what}; at most ${limit} are allowed.`;
      const extensions = { code: "OPERATION_TOO_LARGE" };
      context.reportError(new GraphQLError(message, { nodes: operation, extensions }));
    }
  },
});

function measure(
  context: ValidationContext,
  { selections }: SelectionSetNode,
  multiplier: number,
  open: ReadonlySet<string>,
): Measure {
  const total: Measure = { depth: 0, aliases: 0, directives: 0, nodes: 0 };
  const add = (part: Measure, level: number) => {
    total.depth = Math.max(total.depth, part.depth + level);
    total.aliases += part.aliases;
    total.directives += part.directives;
    total.nodes += part.nodes;
  };
  for (const selection of selections) {
    total.directives += selection.directives?.length ?? 0;
    if (selection.kind === Kind.FIELD) {
      const size = multiplier * pageSizeOf(selection);
      if (selection.alias !== undefined) total.aliases += 1;
      if (selection.selectionSet === undefined)
        add({ depth: 0, aliases: 0, directives: 0, nodes: 0 }, 1);
      else add(measure(context, selection.selectionSet, size, open), 1);
      if (hasPage(selection)) total.nodes += size;
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      add(measure(context, selection.selectionSet, multiplier, open), 0);
    } else {
      const name = selection.name.value;
      const fragment = context.getFragment(name);
      if (fragment && !open.has(name)) {
        add(measure(context, fragment.selectionSet, multiplier, new Set([...open, name])), 0);
      }
    }
  }
  return total;
}

const PAGED_FIELDS = new Set(["repositories", "commits"]);

function hasPage(field: FieldNode): boolean {
  return PAGED_FIELDS.has(field.name.value) && field.selectionSet !== undefined;
}

/** `first` where it is written out; a variable may be as large as a page can be. */
function pageSizeOf(field: FieldNode): number {
  if (!hasPage(field)) return 1;
  const first = field.arguments?.find(({ name }) => name.value === "first")?.value;
  if (first === undefined) return PAGE_SIZE_DEFAULT;
  return first.kind === Kind.INT ? Math.max(1, Math.min(100, Number(first.value))) : 100;
}

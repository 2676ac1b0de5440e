import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from "graphql";
import { URLS_MAX } from "./add-repositories.resolver.js";
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from "./connection.type.js";

/** Of one operation, over HTTP and WebSocket alike. */
export const TOKENS_MAX = 2_000;
const DEPTH_MAX = 10;
const ALIASES_MAX = 30;
const DIRECTIVES_MAX = 30;
/** Objects that an operation can ask for at most: products of `first` down every path. */
const OBJECTS_MAX = 20_000;
/** Lists that it can make the database read at most. One list of lists of 100 each fits. */
const LISTS_MAX = 200;

interface Measure {
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly objects: number;
  readonly lists: number;
}

const NOTHING: Measure = { depth: 0, aliases: 0, directives: 0, objects: 0, lists: 0 };

/** Refuses operations that are too deep, too wide, or ask for too much at once. */
export const limitsRule: ValidationRule = (context: ValidationContext): ASTVisitor => {
  const fragments = new Map<string, Measure>();
  return {
    OperationDefinition(operation) {
      const asked = measure(operation.selectionSet, context, fragments);
      const directives = asked.directives + (operation.directives?.length ?? 0);
      const checks: readonly [string, number, number][] = [
        ["nested levels", asked.depth, DEPTH_MAX],
        ["aliases", asked.aliases, ALIASES_MAX],
        ["directives", directives, DIRECTIVES_MAX],
        ["objects", asked.objects, OBJECTS_MAX],
        ["lists", asked.lists, LISTS_MAX],
      ];
      for (const [what, count, limit] of checks) {
        if (count <= limit) continue;
        const message = `This operation asks for ${count} ${what}; at most ${limit} are allowed.`;
        context.reportError(new GraphQLError(message, { nodes: operation }));
      }
    },
  };
};

/**
 * What a selection asks for once. Each fragment is measured once, however often it is spread:
 * fragments that spread the next one twice would take for ever otherwise.
 */
function measure(
  { selections }: SelectionSetNode,
  context: ValidationContext,
  fragments: Map<string, Measure>,
): Measure {
  return selections.reduce((total, selection) => {
    const directives = selection.directives?.length ?? 0;
    if (selection.kind === Kind.FIELD) {
      return sum(total, measureField(selection, context, fragments), directives);
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return sum(total, measure(selection.selectionSet, context, fragments), directives);
    }
    const name = selection.name.value;
    const fragment = context.getFragment(name);
    if (fragment && !fragments.has(name)) {
      fragments.set(name, NOTHING); // met again inside itself: a cycle, refused by another rule
      fragments.set(name, measure(fragment.selectionSet, context, fragments));
    }
    return sum(total, fragments.get(name) ?? NOTHING, directives);
  }, NOTHING);
}

function measureField(
  field: FieldNode,
  context: ValidationContext,
  fragments: Map<string, Measure>,
): Measure {
  const { alias, selectionSet } = field;
  const inner = selectionSet === undefined ? NOTHING : measure(selectionSet, context, fragments);
  const isList = selectionSet !== undefined && LIST_FIELDS.has(field.name.value);
  const size = isList ? pageSizeOf(field) : 1;
  return {
    depth: INTROSPECTION_FIELDS.has(field.name.value) ? 1 : inner.depth + 1,
    aliases: inner.aliases + (alias === undefined ? 0 : 1),
    directives: inner.directives,
    objects: size * inner.objects + (isList ? size : 0),
    lists: size * inner.lists + (isList ? 1 : 0),
  };
}

function sum(one: Measure, other: Measure, directives: number): Measure {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives + directives,
    objects: one.objects + other.objects,
    lists: one.lists + other.lists,
  };
}

/** GraphiQL's goes 13 deep; graphql's own rules keep them from multiplying. */
const INTROSPECTION_FIELDS = new Set(["__schema", "__type"]);
const LIST_FIELDS = new Set(["repositories", "commits", "historyRewrites", "addRepositories"]);

/** `first` where it is written out; a variable may be as large as a page can be. */
function pageSizeOf(field: FieldNode): number {
  if (field.name.value === "addRepositories") return URLS_MAX;
  const first = field.arguments?.find(({ name }) => name.value === "first")?.value;
  if (first === undefined) return PAGE_SIZE_DEFAULT;
  if (first.kind !== Kind.INT) return PAGE_SIZE_MAX;
  return Math.max(1, Math.min(PAGE_SIZE_MAX, Number(first.value)));
}

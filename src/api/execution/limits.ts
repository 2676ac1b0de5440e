import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from "graphql";
import type { ApiLimit, OnLimit } from "../../telemetry/metrics/api-metrics.js";
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from "../paging/connection.type.js";
import { countsCommits } from "./commit-counting.js";

/** Of one operation, whichever way it comes. */
export const TOKENS_MAX = 2_000;
const DEPTH_MAX = 10;
const ALIASES_MAX = 30;
const DIRECTIVES_MAX = 30;
/** Fields written out or spread, the same one twice counting twice. GraphiQL's introspection has 230. */
const FIELDS_MAX = 400;
/** Objects that an operation can ask for at most: products of page sizes down every path. */
const OBJECTS_MAX = 20_000;
/** Lists that it can make the database read at most. One list of lists of 100 each fits. */
const LISTS_MAX = 200;
/** Times that it can have commits counted at most. */
const COUNTS_MAX = 10;

interface Measure {
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly fields: number;
  readonly objects: number;
  readonly lists: number;
  readonly counts: number;
}

const NOTHING: Measure = {
  ...{ depth: 0, aliases: 0, directives: 0, fields: 0 },
  ...{ objects: 0, lists: 0, counts: 0 },
};

/** What an operation has too much of, in the words of metrics and of whoever wrote it. */
const WORDS = {
  depth: "nested levels",
  aliases: "aliases",
  directives: "directives",
  fields: "fields",
  objects: "objects",
  lists: "lists",
  counts: "counts of commits",
} as const satisfies Partial<Record<ApiLimit, string>>;

/**
 * Refuses operations that are too deep, too wide, or ask for too much at once. A field's extensions say
 * what its type does not: `listSize`, `sizedBy` an argument that is a list too, and `isRead` of a single object that is read for it alone.
 */
export function createLimitsRule(onLimit: OnLimit = () => {}): ValidationRule {
  return (context: ValidationContext): ASTVisitor => {
    const measuring = { context, fragments: new Map<string, Measure>() };
    return {
      OperationDefinition(operation) {
        const root = context.getSchema().getRootType(operation.operation) ?? undefined;
        const asked = measure(operation.selectionSet, root, measuring);
        const directives = asked.directives + (operation.directives?.length ?? 0);
        const checks: readonly [keyof typeof WORDS, number, number][] = [
          ["depth", asked.depth, DEPTH_MAX],
          ["aliases", asked.aliases, ALIASES_MAX],
          ["directives", directives, DIRECTIVES_MAX],
          ["fields", asked.fields, FIELDS_MAX],
          ["objects", asked.objects, OBJECTS_MAX],
          ["lists", asked.lists, LISTS_MAX],
          ["counts", asked.counts, COUNTS_MAX],
        ];
        for (const [what, count, limit] of checks) {
          if (count <= limit) continue;
          onLimit(what);
          const message = `This operation asks for ${count} ${WORDS[what]}; at most ${limit} are allowed.`;
          context.reportError(new GraphQLError(message, { nodes: operation }));
        }
      },
    };
  };
}

interface Measuring {
  readonly context: ValidationContext;
  /** Each fragment is measured once: fragments that spread the next one twice would take for ever. */
  readonly fragments: Map<string, Measure>;
}

/** What a selection on a type asks for once. A type or field that there is not is another rule's fault. */
function measure(
  { selections }: SelectionSetNode,
  type: GraphQLNamedType | undefined,
  measuring: Measuring,
): Measure {
  const { context, fragments } = measuring;
  return selections.reduce((total, selection) => {
    const directives = selection.directives?.length ?? 0;
    if (selection.kind === Kind.FIELD) {
      return sum(total, measureField(selection, type, measuring), directives);
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const { typeCondition, selectionSet } = selection;
      const inner = typeCondition ? context.getSchema().getType(typeCondition.name.value) : type;
      return sum(total, measure(selectionSet, inner, measuring), directives);
    }
    const name = selection.name.value;
    const fragment = context.getFragment(name);
    if (fragment && !fragments.has(name)) {
      fragments.set(name, NOTHING); // met again inside itself: a cycle, refused by another rule
      const inner = context.getSchema().getType(fragment.typeCondition.name.value);
      fragments.set(name, measure(fragment.selectionSet, inner, measuring));
    }
    return sum(total, fragments.get(name) ?? NOTHING, directives);
  }, NOTHING);
}

function measureField(
  node: FieldNode,
  parent: GraphQLNamedType | undefined,
  measuring: Measuring,
): Measure {
  const { alias, selectionSet } = node;
  const field = fieldOf(parent, node.name.value);
  const inner =
    selectionSet === undefined
      ? NOTHING
      : measure(selectionSet, field && getNamedType(field.type), measuring);
  const own = {
    aliases: inner.aliases + (alias === undefined ? 0 : 1),
    directives: inner.directives,
    fields: inner.fields + 1,
  };
  // Reads nothing, and GraphiQL's goes 13 deep; graphql's own rules keep it from multiplying.
  if (node.name.value.startsWith("__")) return { ...NOTHING, ...own, depth: 1 };
  const isPaged = field?.args.some(({ name }) => name === "first") ?? false;
  const size = isPaged ? pageSizeOf(node, field) : looseSizeOf(node, field, parent);
  const isMany = isPaged || size > 1 || field?.extensions.isRead === true;
  return {
    ...own,
    depth: inner.depth + 1,
    objects: size * inner.objects + (isMany ? size : 0),
    lists: size * inner.lists + (isPaged ? 1 : 0),
    counts: inner.counts + (countsCommits(node, field) ? 1 : 0), // of a page's items all at once
  };
}

function sum(one: Measure, other: Measure, directives: number): Measure {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives + directives,
    fields: one.fields + other.fields,
    objects: one.objects + other.objects,
    lists: one.lists + other.lists,
    counts: one.counts + other.counts,
  };
}

type Field = GraphQLField<unknown, unknown>;

function fieldOf(type: GraphQLNamedType | undefined, name: string): Field | undefined {
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}

/** `first` or `last` as written out, or by default; a variable may be as large as a page can be. */
function pageSizeOf(node: FieldNode, field: Field | undefined): number {
  const sizes = ["first", "last"].flatMap((name) => {
    const given = node.arguments?.find((argument) => argument.name.value === name)?.value;
    if (given !== undefined && given.kind !== Kind.NULL) {
      return [given.kind === Kind.INT ? Number(given.value) : PAGE_SIZE_MAX];
    }
    const absent = field?.args.find((argument) => argument.name === name)?.defaultValue;
    return typeof absent === "number" ? [absent] : [];
  });
  const size = sizes.length === 0 ? PAGE_SIZE_DEFAULT : Math.max(...sizes);
  return Math.max(1, Math.min(PAGE_SIZE_MAX, size));
}

/** Of a list of objects that is no page: as many as it is asked for by name, its `listSize`, or a full page. */
function looseSizeOf(
  node: FieldNode,
  field: Field | undefined,
  parent: GraphQLNamedType | undefined,
): number {
  // A connection's own lists are as long as its page.
  if (field === undefined || parent?.name.endsWith("Connection")) return 1;
  if (!isList(field.type) || !isCompositeType(getNamedType(field.type))) return 1;
  const { listSize, sizedBy } = field.extensions;
  const named = node.arguments?.find(({ name }) => name.value === sizedBy)?.value;
  if (named?.kind === Kind.LIST) return named.values.length;
  return typeof listSize === "number" ? listSize : PAGE_SIZE_MAX;
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

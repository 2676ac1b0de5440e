import {
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isNonNullType,
  isObjectType,
} from "graphql";

const FIELDS_MAX = 300;
const DEPTH_MAX = 4;
/** Counted to the moment in which it is asked. */
const MOVING = ["lagSeconds"];

/**
 * Everything that can be asked of a type without arguments, as deep as an operation may ask: what is
 * added to the schema is in it.
 */
export function wholeSelection(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  hasLists = true,
): string {
  for (let depth = DEPTH_MAX; depth > 0; depth -= 1) {
    const selection = selectionOf({ schema, hasLists }, type, depth);
    if ((selection.match(/\w+/g)?.length ?? 0) <= FIELDS_MAX) return selection;
  }
  throw new Error(`${String(type)} has too many fields`);
}

interface Wanted {
  readonly schema: GraphQLSchema;
  /** Those of pages; a list of a hundred of them is more than may be asked for. */
  readonly hasLists: boolean;
}

function selectionOf(wanted: Wanted, outputType: GraphQLOutputType, depth: number): string {
  const type = getNamedType(outputType);
  if (isLeafType(type)) return "";
  if (isAbstractType(type)) {
    const parts = wanted.schema.getPossibleTypes(type).map((possible) => {
      return `... on ${possible.name} ${selectionOf(wanted, possible, depth)}`;
    });
    return `{ __typename ${parts.join(" ")} }`;
  }
  if (!isObjectType(type)) throw new Error(`${String(type)} is no output`);
  const fields = Object.values(type.getFields()).flatMap((field) =>
    partOf(wanted, field, type.name.endsWith("Edge"), depth),
  );
  return `{ ${fields.join(" ")} }`;
}

/** An edge's node is one of `nodes` too. */
function partOf(
  wanted: Wanted,
  { name, type, args }: GraphQLField<unknown, unknown>,
  isOfEdge: boolean,
  depth: number,
): string[] {
  const needsMore = args.some(
    ({ type: of, defaultValue }) => isNonNullType(of) && defaultValue === undefined,
  );
  if (needsMore || MOVING.includes(name) || (isOfEdge && name === "node")) return [];
  const isPart = /(?:Connection|Edge|PageInfo)$/.test(getNamedType(type).name);
  if (isLeafType(getNamedType(type))) return [name];
  if (depth === 0) return [];
  const isList = args.some((argument) => argument.name === "first");
  if (isList && !wanted.hasLists) return [];
  return [
    `${name}${isList ? "(first: 3)" : ""} ${selectionOf(wanted, type, isPart ? depth : depth - 1)}`,
  ].filter((part) => !part.endsWith("{  }"));
}

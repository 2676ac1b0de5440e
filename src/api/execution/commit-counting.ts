import { type FieldNode, type GraphQLField, Kind } from "graphql";

/**
 * A field's extension `countsCommits`: to answer it commits may have to be counted one by one, where they
 * are not summed up.
 * A list of arguments: only where one of them is given.
 */
export type CountsCommits = true | readonly string[];

/** Whether a field, as it is asked for, has commits counted. A variable may hold anything. */
export function countsCommits(
  { arguments: given = [] }: FieldNode,
  field: GraphQLField<unknown, unknown> | undefined,
): boolean {
  const counts = field?.extensions.countsCommits as CountsCommits | undefined;
  if (counts === undefined || counts === true) return counts ?? false;
  return given.some(({ name, value }) => counts.includes(name.value) && value.kind !== Kind.NULL);
}

import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";
import type { CommitDetail } from "../../../store/rows.js";

/** Fields for which a commit in brief is enough. */
const BRIEF: ReadonlySet<string> = new Set([
  ...["__typename", "id", "oid", "abbreviatedOid", "messageHeadline"],
  ...["committedAt", "repository", "url"],
]);
const BRIEF_AUTHOR: ReadonlySet<string> = new Set(["__typename", "name", "login"]);

/** Of a field node by itself: nothing but the document decides. */
const known = new WeakMap<FieldNode, CommitDetail>();

/**
 * How much must be read of the commits of a connection, so that the operation can be answered. A field
 * that is left out by a directive is read all the same.
 */
export function commitDetail({
  fieldNodes,
  fragments,
}: Pick<GraphQLResolveInfo, "fieldNodes" | "fragments">): CommitDetail {
  const [only] = fieldNodes;
  if (fieldNodes.length !== 1 || only === undefined) return detailOf(fieldNodes, fragments);
  const found = known.get(only) ?? detailOf(fieldNodes, fragments);
  known.set(only, found);
  return found;
}

type Fragments = GraphQLResolveInfo["fragments"];

function detailOf(connections: readonly FieldNode[], fragments: Fragments): CommitDetail {
  const inside = (nodes: readonly FieldNode[]) =>
    nodes.flatMap(({ selectionSet }) => fieldsOf(selectionSet, fragments));
  const named = (nodes: readonly FieldNode[], wanted: string) =>
    nodes.filter(({ name }) => name.value === wanted);
  const fields = inside(connections);
  const commits = [...named(fields, "nodes"), ...named(inside(named(fields, "edges")), "node")];
  const isBrief = inside(commits).every((field) =>
    field.name.value === "author"
      ? inside([field]).every(({ name }) => BRIEF_AUTHOR.has(name.value))
      : BRIEF.has(field.name.value),
  );
  return isBrief ? "BRIEF" : "WHOLE";
}

/** With those of fragments. That a fragment spreads itself, validation has ruled out. */
function fieldsOf(set: SelectionSetNode | undefined, fragments: Fragments): readonly FieldNode[] {
  return (set?.selections ?? []).flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(selection.selectionSet, fragments);
    return fieldsOf(fragments[selection.name.value]?.selectionSet, fragments);
  });
}

import type { FieldNode } from "graphql";
import { Kind, valueFromASTUntyped } from "graphql";
import { nameWithOwner } from "../repository-directory.js";
import type { Query } from "./query-preparation.js";

/** `owner/name` of every repository that a query looks up by its name. */
export function namesAskedFor({ operation, variables }: Query): string[] {
  return operation.selectionSet.selections.flatMap((field) => {
    if (field.kind !== Kind.FIELD || field.name.value !== "repository") return [];
    const owner = argument(field, "owner", variables);
    const name = argument(field, "name", variables);
    return typeof owner === "string" && typeof name === "string"
      ? [nameWithOwner({ owner, name })]
      : [];
  });
}

function argument(field: FieldNode, name: string, variables: Query["variables"]): unknown {
  const given = field.arguments?.find((each) => each.name.value === name);
  return given && valueFromASTUntyped(given.value, { ...variables });
}

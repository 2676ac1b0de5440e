import { Kind } from "graphql";
import { argument } from "../limits/query-cost.js";
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

import {
  type DocumentNode,
  type ExecutionArgs,
  getOperationAST,
  Kind,
  print,
  visit,
} from "graphql";
import type { CallerContext } from "../access/guard-schema.js";

/**
 * Alike for subscriptions that are told the same of the same value: what their keys are limited to counts.
 * Their root field's own arguments do not: they decide which values there are.
 */
export function operationKey({
  document,
  operationName,
  variableValues,
  contextValue,
}: ExecutionArgs): string {
  const { scope } = (contextValue as CallerContext).caller;
  const used = variablesBelowRoot(document, operationName);
  const values = Object.entries(variableValues ?? {}).filter(([name]) => used.has(name));
  return JSON.stringify([
    print(document),
    operationName ?? null,
    values.sort(([one], [other]) => (one < other ? -1 : 1)),
    scope?.text ?? null,
  ]);
}

function variablesBelowRoot(
  document: DocumentNode,
  operationName: string | null | undefined,
): ReadonlySet<string> {
  const used = new Set<string>();
  const operation = getOperationAST(document, operationName);
  visit(document, {
    VariableDefinition: () => false,
    // Skipped only where it is plainly the root field's: below, and in fragments, all count.
    Argument: (_node, _key, _parent, path) => (isOfRootField(path) ? false : undefined),
    Variable({ name }) {
      used.add(name.value);
    },
  });
  return used;

  function isOfRootField(path: readonly (string | number)[]): boolean {
    const [definitions, index, ...rest] = path;
    if (definitions !== "definitions" || typeof index !== "number") return false;
    if (document.definitions[index] !== operation) return false;
    const [selectionSet, selections, place, last] = rest;
    return (
      operation?.kind === Kind.OPERATION_DEFINITION &&
      selectionSet === "selectionSet" &&
      selections === "selections" &&
      typeof place === "number" &&
      last === "arguments"
    );
  }
}

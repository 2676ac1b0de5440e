import { type ExecutionArgs, GraphQLError, type GraphQLSchema, getOperationAST } from "graphql";
import type { OnLimit } from "../../telemetry/metrics/api-metrics.js";
import type { OperationRequest } from "./operation-request.js";
import type { ValidDocuments } from "./valid-documents.js";
import { oversize } from "./variable-limits.js";

/** An operation ready to be run, or what is wrong with it. Never throws. */
export type PrepareOperation = (
  request: OperationRequest,
  contextValue: object,
) => ExecutionArgs | readonly GraphQLError[];

/** The same whichever way an operation comes. */
export function createPrepareOperation(
  schema: GraphQLSchema,
  documents: ValidDocuments,
  onLimit: OnLimit,
): PrepareOperation {
  return ({ query, operationName, variables }, contextValue) => {
    const fault = variables == null ? null : oversize(variables);
    if (fault !== null) {
      onLimit("variables");
      return [fault];
    }
    const document = documents.of(query);
    if (!("kind" in document)) return document;
    if (!getOperationAST(document, operationName)) return [unresolved(operationName)];
    return {
      schema,
      document,
      contextValue: { ...contextValue }, // each operation is known by its own
      variableValues: variables ?? {},
      ...(operationName != null && { operationName }),
    };
  };
}

/** In the words of Apollo Server. */
function unresolved(operationName: string | null | undefined): GraphQLError {
  const message = operationName
    ? `Unknown operation named "${operationName}".`
    : "Must provide operation name if query contains multiple operations.";
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE" } });
}

import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  getOperationAST,
  OperationTypeNode,
} from "graphql";
import type { Execute } from "./compiled-execution.js";
import type { OperationRequest } from "./operation-request.js";
import type { PrepareOperation } from "./prepare-operation.js";

/** What an operation came to, and as what it is counted: `unknown` where it could not be read. */
export interface Answered {
  readonly type: OperationTypeNode | "unknown";
  readonly result: ExecutionResult;
}

export interface SingleAnswerParts {
  readonly prepare: PrepareOperation;
  readonly execute: Execute;
}

/**
 * The answer to an operation that has one, whoever reads the request and writes the answer. Never
 * rejects. `isReadOnly`: asked in a way that must change nothing, as by GET.
 */
export type SingleAnswer = (
  request: OperationRequest,
  context: { readonly value: object; readonly isReadOnly: boolean },
) => Promise<Answered>;

export function createSingleAnswer({ prepare, execute }: SingleAnswerParts): SingleAnswer {
  return async (request, { value, isReadOnly }) => {
    const prepared = prepare(request, value);
    if (!("schema" in prepared)) return { type: "unknown", result: { errors: prepared } };
    const type = typeOf(prepared);
    if (type === OperationTypeNode.SUBSCRIPTION) return { type, result: refused(HAS_MANY) };
    if (type === OperationTypeNode.MUTATION && isReadOnly) {
      return { type, result: refused(NOT_BY_GET) };
    }
    return { type, result: await execute(prepared) };
  };
}

const HAS_MANY = new GraphQLError(
  "Subscriptions go over WebSocket (graphql-transport-ws) or as an event stream (accept: text/event-stream) to this same address.",
  { extensions: { code: "BAD_REQUEST" } },
);
export const NOT_BY_GET = new GraphQLError("A GET changes nothing: send mutations with POST.", {
  extensions: { code: "METHOD_NOT_ALLOWED" },
});

function refused(error: GraphQLError): ExecutionResult {
  return { errors: [error] };
}

export function typeOf({ document, operationName }: ExecutionArgs): OperationTypeNode | "unknown" {
  return getOperationAST(document, operationName)?.operation ?? "unknown";
}

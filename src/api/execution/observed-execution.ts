import {
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  OperationTypeNode,
} from "graphql";
import type { Metrics } from "../../telemetry/metrics/metrics.js";
import {
  ATTR_GRAPHQL_OPERATION_NAME,
  ATTR_GRAPHQL_OPERATION_TYPE,
} from "../../telemetry/traces/semantic-conventions.js";
import { failSpan, isKept, withSpan } from "../../telemetry/traces/spans.js";
import type { Execute } from "./compiled-execution.js";

const NAME_CHARS_MAX = 100;

/** The same, each operation seen while it is under way. */
export function observedExecution(execute: Execute, { operationsInFlight }: Metrics): Execute {
  const gauges = new Map(
    Object.values(OperationTypeNode).map((type) => [type, operationsInFlight.labels({ type })]),
  );
  return async (args) => {
    const type = getOperationAST(args.document, args.operationName)?.operation;
    const gauge = type && gauges.get(type);
    gauge?.inc();
    try {
      return isKept() ? await traced(execute, args) : await execute(args);
    } finally {
      gauge?.dec();
    }
  };
}

/** Of a document the name and the type alone: the rest may hold what nobody else is to read. */
function traced(execute: Execute, args: ExecutionArgs): Promise<ExecutionResult> {
  const operation = getOperationAST(args.document, args.operationName);
  const type = operation?.operation ?? "unknown";
  const name = operation?.name?.value.slice(0, NAME_CHARS_MAX);
  const attributes = {
    [ATTR_GRAPHQL_OPERATION_TYPE]: type,
    ...(name !== undefined && { [ATTR_GRAPHQL_OPERATION_NAME]: name }),
  };
  return withSpan(`graphql ${type}`, { attributes }, async (span) => {
    const result = await execute(args);
    const [error] = result.errors ?? [];
    if (error !== undefined) failSpan(span, error.originalError ?? error);
    return result;
  });
}

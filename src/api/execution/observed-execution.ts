import { getOperationAST, OperationTypeNode } from "graphql";
import type { Metrics } from "../../telemetry/metrics/metrics.js";
import type { Execute } from "./compiled-execution.js";

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
      return await execute(args);
    } finally {
      gauge?.dec();
    }
  };
}

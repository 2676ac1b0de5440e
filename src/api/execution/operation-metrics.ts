import type { ApolloServerPlugin } from "@apollo/server";
import type { GraphQLFormattedError } from "graphql";
import type { Metrics } from "../../telemetry/metrics/metrics.js";
import { observe } from "../../telemetry/metrics/observe.js";

export interface OperationOutcome {
  /** Query, mutation or subscription; unknown where it could not be read. */
  readonly type: string;
  /** As the client sees them. */
  readonly errors: readonly GraphQLFormattedError[] | undefined;
  /** `performance.now()` when it came; absent: its duration says nothing. */
  readonly startedAt?: number | undefined;
}

/** Counts an operation by type and outcome: `ok`, or the code of its first error. */
export function countOperation(
  { operations, operationDuration }: Metrics,
  { type, errors, startedAt }: OperationOutcome,
): void {
  const code = errors?.[0]?.extensions?.code;
  const outcome = errors === undefined ? "ok" : typeof code === "string" ? code : "error";
  operations.inc({ type, outcome });
  if (startedAt !== undefined) {
    observe(operationDuration, { type }, (performance.now() - startedAt) / 1_000);
  }
}

/** The same for what comes over HTTP. */
export function operationMetrics(metrics: Metrics): ApolloServerPlugin {
  return {
    async requestDidStart() {
      const startedAt = performance.now();
      return {
        async willSendResponse({ operation, response: { body } }) {
          const errors = body.kind === "single" ? body.singleResult.errors : undefined;
          countOperation(metrics, {
            type: operation?.operation ?? "unknown",
            errors,
            startedAt,
          });
        },
      };
    },
  };
}

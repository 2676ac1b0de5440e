import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import {
  CloseCode,
  type ExecutionResult,
  makeServer,
  type Server,
  type SubscribePayload,
} from "graphql-ws";
import type { Metrics } from "../telemetry/metrics.js";
import type { ErrorFormat } from "./error-format.js";
import { limitsRule, TOKENS_MAX } from "./limits.js";
import { countOperation } from "./operation-metrics.js";
import type { WebSocketExtra } from "./websocket.js";

const INIT_MS_MAX = 10_000;
const OPERATIONS_MAX = 50; // at once on one connection
const FAULTS_MAX = 10;

export interface ProtocolOptions {
  readonly schema: GraphQLSchema;
  readonly contextValue: object;
  readonly formatError: ErrorFormat;
  readonly metrics: Metrics;
}

/** `graphql-transport-ws`, under the same limits and with the same errors as HTTP. */
export function createProtocol({
  schema,
  contextValue,
  formatError,
  metrics,
}: ProtocolOptions): Server<WebSocketExtra> {
  const format = (errors: readonly GraphQLError[]): GraphQLFormattedError[] =>
    errors.map((error) => formatError(error.toJSON(), error));
  return makeServer<Record<string, unknown>, WebSocketExtra>({
    connectionInitWaitTimeout: INIT_MS_MAX,
    onSubscribe({ subscriptions, extra }, _id, payload) {
      if (Object.keys(subscriptions).length > OPERATIONS_MAX) {
        const reason = `More than ${OPERATIONS_MAX} operations at once`;
        extra.close(CloseCode.BadRequest, reason);
        return [new GraphQLError(reason)];
      }
      return prepare(schema, contextValue, payload);
    },
    onOperation(_context, _id, _payload, args, result) {
      if (!(Symbol.asyncIterator in result)) return undefined;
      countOperation(metrics, { type: typeOf(args), errors: undefined });
      return endingOnFault(result);
    },
    onNext(_context, _id, _payload, args, { data, errors: faults, extensions }) {
      const errors = faults && format(faults);
      const type = typeOf(args);
      if (type !== "subscription" || errors) countOperation(metrics, { type, errors });
      if (errors === undefined) return undefined;
      return {
        ...(data !== undefined && { data }),
        errors,
        ...(extensions && { extensions }),
      } satisfies FormattedExecutionResult;
    },
    onError(_context, _id, _payload, faults) {
      const errors = format(faults);
      countOperation(metrics, { type: "unknown", errors });
      return errors;
    },
  });
}

/** An operation ready to be run, or what is wrong with it. */
function prepare(
  schema: GraphQLSchema,
  contextValue: object,
  { query, variables, operationName }: SubscribePayload,
): ExecutionArgs | readonly GraphQLError[] {
  try {
    const document = parse(query, { maxTokens: TOKENS_MAX });
    const faults = validate(schema, document, [...specifiedRules, limitsRule], {
      maxErrors: FAULTS_MAX,
    });
    if (faults.length > 0) {
      return faults.map((fault) => withCode(fault, "GRAPHQL_VALIDATION_FAILED"));
    }
    if (!getOperationAST(document, operationName)) return [unresolved(operationName)];
    return {
      schema,
      document,
      contextValue,
      variableValues: variables ?? {},
      ...(operationName != null && { operationName }),
    };
  } catch (error) {
    if (error instanceof GraphQLError) return [withCode(error, "GRAPHQL_PARSE_FAILED")];
    throw error;
  }
}

/** In the words of Apollo Server over HTTP. */
function unresolved(operationName: string | null | undefined): GraphQLError {
  const message = operationName
    ? `Unknown operation named "${operationName}".`
    : "Must provide operation name if query contains multiple operations.";
  return new GraphQLError(message, { extensions: { code: "OPERATION_RESOLUTION_FAILURE" } });
}

/** The codes that Apollo Server gives over HTTP. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes = null, source = null, positions = null } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}

function typeOf({ document, operationName }: ExecutionArgs): string {
  return getOperationAST(document, operationName)?.operation ?? "unknown";
}

/**
 * Ends a subscription at the first event that cannot be told whole, with its error. The next event
 * would hide the loss; the subscriber's last cursor brings it back to this one.
 */
export function endingOnFault(
  results: AsyncIterable<ExecutionResult>,
): AsyncIterableIterator<ExecutionResult> {
  const source = results[Symbol.asyncIterator]();
  const end = async (): Promise<IteratorResult<ExecutionResult>> => {
    await source.return?.();
    return { done: true, value: undefined };
  };
  const iterator: AsyncIterableIterator<ExecutionResult> = {
    async next() {
      const step = await source.next();
      const [fault] = (step.done !== true && step.value.errors) || [];
      if (fault === undefined) return step;
      await end();
      throw fault;
    },
    return: end,
    async throw(error) {
      await end();
      throw error;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

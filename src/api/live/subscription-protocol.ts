import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  getOperationAST,
} from "graphql";
import { CloseCode, type ExecutionResult, makeServer, type Server } from "graphql-ws";
import { isTrackerError } from "../../domain/errors.js";
import type { Metrics } from "../../telemetry/metrics/metrics.js";
import { type Guards, secretOf, secretOfParams } from "../access/guards.js";
import { createKeyPlaces } from "../access/key-places.js";
import type { Caller } from "../access/key-ring.js";
import type { Execute } from "../execution/compiled-execution.js";
import type { ErrorFormat } from "../execution/error-format.js";
import { countOperation } from "../execution/operation-metrics.js";
import type { PrepareOperation } from "../execution/prepare-operation.js";
import { asGraphQLError, openSource } from "../execution/subscription-root.js";
import type { PresenceContext } from "../http/client-presence.js";
import type { Deliver } from "./live-delivery.js";
import { CONNECTIONS_MAX, type WebSocketExtra } from "./websocket.js";

const INIT_MS_MAX = 10_000;
const OPERATIONS_MAX = 50; // at once on one connection
/** https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number */
const TRY_AGAIN = { code: 1013, reason: "Too many connections of this key; try again later" };
const KEY_REVOKED = { code: CloseCode.Forbidden, reason: "This API key was revoked" };
const KEY_NEEDED = { code: CloseCode.Unauthorized, reason: "An API key is needed now" };

export interface ProtocolOptions {
  readonly prepare: PrepareOperation;
  readonly contextOf: (caller: Caller, presence: PresenceContext) => object;
  readonly guards: Guards;
  readonly execute: Execute;
  readonly deliver: Deliver;
  readonly formatError: ErrorFormat;
  readonly metrics: Metrics;
  readonly connectionsMax?: number | undefined;
  readonly initMsMax?: number | undefined;
}

/**
 * `graphql-transport-ws`, under the same limits and with the same errors as HTTP.
 * https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 *
 * Of a subscription the protocol's server knows only its beginning and its end: its messages are
 * pushed past it.
 */
export function createProtocol({
  prepare,
  contextOf,
  guards,
  execute,
  deliver,
  formatError,
  metrics,
  connectionsMax = CONNECTIONS_MAX,
  initMsMax = INIT_MS_MAX,
}: ProtocolOptions): Server<WebSocketExtra> {
  const format = (errors: readonly GraphQLError[]): GraphQLFormattedError[] =>
    errors.map((error) => formatError(error.toJSON(), error));

  const places = createKeyPlaces(connectionsMax);

  /** Who the connection is from, before it is acknowledged. False: it is closed, with the reason. */
  async function admit(
    extra: WebSocketExtra,
    params: Readonly<Record<string, unknown>> | undefined,
  ): Promise<boolean> {
    const secret = secretOfParams(params) ?? secretOf(extra.authorization);
    try {
      const caller = await guards.admit(secret, extra.address);
      const leave = places.take(caller);
      if (leave === null) {
        metrics.limitsHit.inc({ limit: "connections" });
        extra.close(TRY_AGAIN.code, TRY_AGAIN.reason);
        return false;
      }
      void extra.gone.then(leave);
      extra.caller = caller;
      extra.known();
      const { code, reason } = caller.keyId === null ? KEY_NEEDED : KEY_REVOKED;
      void extra.gone.then(guards.hold(caller, () => extra.close(code, reason)));
      return true;
    } catch (error) {
      if (!isTrackerError(error)) throw error;
      extra.close(secret === null ? CloseCode.Unauthorized : CloseCode.Forbidden, error.message);
      return false;
    }
  }

  return makeServer<Record<string, unknown>, WebSocketExtra>({
    connectionInitWaitTimeout: initMsMax,
    async onConnect({ extra, subscriptions, connectionParams }) {
      extra.countOperations = () => Object.keys(subscriptions).length;
      return await admit(extra, connectionParams);
    },
    async onSubscribe({ subscriptions, extra }, id, payload) {
      if (Object.keys(subscriptions).length > OPERATIONS_MAX) {
        metrics.limitsHit.inc({ limit: "operations" });
        const reason = `More than ${OPERATIONS_MAX} operations at once`;
        extra.close(CloseCode.BadRequest, reason);
        return [new GraphQLError(reason)];
      }
      const { caller, address } = extra;
      if (caller === null) throw new Error("an operation came past the guards");
      const presence = extra.presences.begin(id);
      const prepared = await guards.countOperation(caller, address).then(
        () => prepare(payload, contextOf(caller, presence)),
        (error: unknown) => [asGraphQLError(error)],
      );
      if (!("schema" in prepared)) extra.presences.end(id, presence);
      return prepared;
    },
    execute,
    // Its values are delivered by the hook below: only there it is known whose they are.
    subscribe: (args) => openSource(args) as Promise<AsyncIterable<ExecutionResult>>,
    onOperation({ extra }, id, _payload, args, source) {
      extra.presences.end(id, args.contextValue as PresenceContext);
      if (!(Symbol.asyncIterator in source)) return undefined;
      countOperation(metrics, { type: typeOf(args), errors: undefined });
      return deliver(source, args, extra.sinkOf(id));
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
      const errors = format(faults.map(asThrown));
      countOperation(metrics, { type: "unknown", errors });
      return errors;
    },
  });
}

/** What an event failed with: the protocol's server wraps it, without its place. */
function asThrown(fault: GraphQLError): GraphQLError {
  const { originalError, path } = fault;
  return path === undefined && originalError instanceof GraphQLError ? originalError : fault;
}

function typeOf({ document, operationName }: ExecutionArgs): string {
  return getOperationAST(document, operationName)?.operation ?? "unknown";
}

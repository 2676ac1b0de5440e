import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { type ExecutionResult, GraphQLError, OperationTypeNode } from "graphql";
import type { Metrics } from "../../telemetry/metrics/metrics.js";
import type { Guards } from "../access/guards.js";
import { createKeyPlaces } from "../access/key-places.js";
import type { Caller } from "../access/key-ring.js";
import type { Execute } from "../execution/compiled-execution.js";
import type { ErrorFormat } from "../execution/error-format.js";
import { countOperation } from "../execution/operation-metrics.js";
import type { OperationRequest } from "../execution/operation-request.js";
import type { PrepareOperation } from "../execution/prepare-operation.js";
import { typeOf } from "../execution/single-answer.js";
import { asGraphQLError, openSource } from "../execution/subscription-root.js";
import { type EventStreamSink, openEventStreamSink } from "./event-stream-sink.js";
import type { Deliver } from "./live-delivery.js";

/** Streams of one process at once, half of them at most of one key. */
const STREAMS_MAX = 10_000;

export interface EventStreamOptions {
  readonly prepare: PrepareOperation;
  readonly execute: Execute;
  readonly deliver: Deliver;
  readonly contextOf: (caller: Caller, response: ServerResponse) => object;
  readonly guards: Pick<Guards, "hold">;
  readonly formatError: ErrorFormat;
  readonly metrics: Metrics;
  readonly streamsMax?: number | undefined;
}

export interface EventStreams {
  /** Answers an operation of a client that takes an event stream; cut off when its key is revoked. */
  handle(operation: OperationRequest, reply: FastifyReply, caller: Caller): Promise<void>;
  /** Open now. */
  count(): number;
  /** Cuts every stream off without a `complete`, so that clients come back elsewhere. */
  stop(): void;
}

/**
 * GraphQL over server-sent events, a stream for each operation ("distinct connections mode").
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 *
 * A subscription is delivered as over WebSocket, in other frames.
 */
export function createEventStreams({
  prepare,
  execute,
  deliver,
  contextOf,
  guards,
  formatError,
  metrics,
  streamsMax = STREAMS_MAX,
}: EventStreamOptions): EventStreams {
  const open = new Set<ServerResponse>();
  const places = createKeyPlaces(streamsMax);

  const format = (errors: readonly GraphQLError[] | undefined) =>
    errors?.map((error) => formatError(error.toJSON(), error));

  async function carryOut(
    operation: OperationRequest,
    contextValue: object,
    sink: EventStreamSink,
  ): Promise<void> {
    const prepared = prepare(operation, contextValue);
    const type = "schema" in prepared ? typeOf(prepared) : "unknown";
    const answer = ({ data, errors: faults }: ExecutionResult) => {
      const errors = format(faults);
      countOperation(metrics, { type, errors });
      sink.push(Buffer.from(JSON.stringify({ errors, data })));
    };
    if (!("schema" in prepared)) return answer({ errors: prepared });
    if (type !== OperationTypeNode.SUBSCRIPTION) return answer(await execute(prepared));
    const source = await openSource(prepared);
    if (!(Symbol.asyncIterator in source)) return answer(source);
    countOperation(metrics, { type, errors: undefined });
    const messages = deliver(source, prepared, sink);
    sink.onGone(() => void messages.return?.());
    try {
      await messages.next();
    } catch (error) {
      sink.push(Buffer.from(JSON.stringify({ errors: format([asGraphQLError(error)]) })));
    }
  }

  return {
    async handle(operation, reply, caller) {
      const leave = places.take(caller);
      if (leave === null) {
        metrics.limitsHit.inc({ limit: "streams" });
        const error = new GraphQLError("Too many event streams are open here; try again later.");
        return await reply
          .code(503)
          .header("retry-after", "10")
          .send({ errors: [error] });
      }
      const { raw } = reply;
      open.add(raw);
      const release = guards.hold(caller, () => raw.destroy());
      raw.once("close", () => {
        open.delete(raw);
        release();
        leave();
      });
      const sink = openEventStreamSink(reply);
      await carryOut(operation, contextOf(caller, raw), sink);
      sink.complete();
    },
    count: () => open.size,
    stop() {
      for (const response of open) response.destroy();
    },
  };
}

import type { ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST } from "graphql";
import { createHandler } from "graphql-sse";
import type { Metrics } from "../../telemetry/metrics.js";
import type { Guards } from "../access/guards.js";
import type { Caller } from "../access/key-ring.js";
import type { ErrorFormat } from "../execution/error-format.js";
import { executeEach } from "../execution/execute-each.js";
import { countOperation } from "../execution/operation-metrics.js";
import type { OperationRequest, PrepareOperation } from "../execution/prepare-operation.js";
import { asGraphQLError, openSource } from "../execution/subscription-root.js";

/** Streams of one process at once. */
const STREAMS_MAX = 2_000;
/** Not taking a message in this time is too slow. */
const STALL_MS = 30_000;
const EVENT_STREAM = "text/event-stream";

export interface EventStreamOptions {
  readonly prepare: PrepareOperation;
  readonly contextOf: (caller: Caller) => object;
  readonly guards: Pick<Guards, "hold">;
  readonly formatError: ErrorFormat;
  readonly metrics: Metrics;
  readonly streamsMax?: number;
  readonly stallMs?: number | undefined;
}

export interface EventStreams {
  /** Answers a POST whose client accepts an event stream; cut off when the caller's key is revoked. */
  handle(request: FastifyRequest, reply: FastifyReply, caller: Caller): Promise<void>;
  /** Cuts every stream off without a `complete`, so that clients come back elsewhere. */
  stop(): void;
}

export function acceptsEventStream({ headers }: FastifyRequest): boolean {
  return headers.accept?.split(",").some((type) => type.trim().startsWith(EVENT_STREAM)) ?? false;
}

/**
 * GraphQL over server-sent events, a stream for each operation ("distinct connections mode").
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
 *
 * The next event is taken from the feed when the one before is out: a slow client holds one event
 * and its position. One that takes nothing for half a minute is cut off.
 */
export function createEventStreams({
  prepare,
  contextOf,
  guards,
  formatError,
  metrics,
  streamsMax = STREAMS_MAX,
  stallMs = STALL_MS,
}: EventStreamOptions): EventStreams {
  const open = new Set<ServerResponse>();

  const formatAll = (errors: readonly GraphQLError[]) =>
    errors.map((error) => formatError(error.toJSON(), error));

  const handler = createHandler<Caller, Turn, undefined>({
    authenticate: () => null,
    validate: () => [], // it is prepared
    onSubscribe({ raw: caller }, operation) {
      const prepared = prepare(operation as OperationRequest, contextOf(caller));
      if ("schema" in prepared) return prepared as ExecutionArgs & { contextValue: undefined };
      countOperation(metrics, { type: "unknown", errors: formatAll(prepared) });
      return only({ errors: prepared });
    },
    // What it yields is executed by the hook below.
    subscribe: (args) => openSource(args) as Promise<AsyncIterable<ExecutionResult>>,
    onOperation(_context, { context: turn }, args, result) {
      if ("then" in result) return undefined; // it has been waited for
      const faults = "errors" in result ? (result as ExecutionResult).errors : undefined;
      countOperation(metrics, { type: typeOf(args), errors: faults && formatAll(faults) });
      return Symbol.asyncIterator in result ? inTurn(executeEach(args, result), turn) : undefined;
    },
    onNext(_context, _request, result) {
      if (result.errors === undefined) return undefined;
      // Written out as JSON next, where they are what they are formatted to.
      return { ...result, errors: formatAll(result.errors) as readonly object[] as GraphQLError[] };
    },
  });

  return {
    async handle(request, reply, caller) {
      if (open.size >= streamsMax) {
        const error = new GraphQLError("Too many event streams are open here; try again later.");
        return await reply
          .code(503)
          .header("retry-after", "10")
          .send({ errors: [error] });
      }
      const { raw } = reply;
      const turn = new Turn();
      open.add(raw);
      const release = guards.hold(caller, () => raw.destroy());
      raw.once("close", () => {
        open.delete(raw);
        release();
      });
      const [body, { status, statusText, headers }] = await handler({
        method: request.method,
        url: request.url,
        headers: { get: (name) => (name === "accept" ? EVENT_STREAM : headerOf(request, name)) },
        body: request.body as Record<string, unknown>,
        raw: caller,
        context: turn,
      });
      reply.hijack();
      raw.writeHead(status, statusText, headers);
      if (body === null || typeof body === "string") raw.end(body ?? undefined);
      else await send(body, { raw, turn, stallMs, onTooSlow: () => metrics.slowSubscribers.inc() });
    },
    stop() {
      for (const response of open) response.destroy();
    },
  };
}

/** Lets a stream be read no faster than it is sent. */
class Turn {
  #resolve = () => {};
  #isMine = Promise.resolve();

  /** Resolves when what was taken last is out. */
  async mine(): Promise<void> {
    await this.#isMine;
    this.#isMine = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  pass(): void {
    this.#resolve();
  }
}

async function* only(result: ExecutionResult): AsyncGenerator<ExecutionResult, void> {
  yield result;
}

/** Its results one by one, a fault as the last of them. A `return()` need not wait for the next. */
function inTurn(
  results: AsyncIterableIterator<ExecutionResult, void>,
  turn: Turn,
): AsyncIterableIterator<ExecutionResult, void> {
  let isOver = false;
  const iterator: AsyncIterableIterator<ExecutionResult, void> = {
    async next() {
      if (isOver) return { done: true, value: undefined };
      await turn.mine();
      try {
        return await results.next();
      } catch (error) {
        isOver = true;
        return { done: false, value: { errors: [asGraphQLError(error)] } };
      }
    },
    async return() {
      await results.return?.();
      return { done: true, value: undefined };
    },
    async throw(error) {
      await results.return?.();
      throw error;
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

interface Sending {
  readonly raw: ServerResponse;
  readonly turn: Turn;
  readonly stallMs: number;
  readonly onTooSlow: () => void;
}

async function send(messages: AsyncGenerator<string, void>, sending: Sending): Promise<void> {
  const { raw, turn } = sending;
  const end = () => void messages.return();
  raw.once("close", end);
  for await (const message of messages) {
    if (raw.destroyed || !(await isWritten(message, sending))) break;
    if (message.startsWith("event: next")) turn.pass();
  }
  raw.off("close", end);
  end();
  raw.end();
}

function isWritten(message: string, { raw, stallMs, onTooSlow }: Sending): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      onTooSlow();
      raw.destroy();
    }, stallMs);
    const end = (isOut: boolean) => {
      clearTimeout(timer);
      raw.off("close", onClose);
      resolve(isOut);
    };
    const onClose = () => end(false);
    raw.once("close", onClose);
    raw.write(message, (error) => end(error == null));
  });
}

function headerOf({ headers }: FastifyRequest, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}

function typeOf({ document, operationName }: ExecutionArgs): string {
  return getOperationAST(document, operationName)?.operation ?? "unknown";
}

import fastifyCors from "@fastify/cors";
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from "fastify";
import { GraphQLError, OperationTypeNode } from "graphql";
import { type Guards, secretOf } from "../access/guards.js";
import type { Caller } from "../access/key-ring.js";
import type { ErrorFormat } from "../execution/error-format.js";
import type { OperationRequest } from "../execution/operation-request.js";
import { NOT_BY_GET } from "../execution/single-answer.js";
import type { EventStreams } from "../live/event-stream.js";
import { acceptable } from "./acceptable.js";
import { sendFault } from "./http-answer.js";
import { createTurns } from "./pipelining.js";
import { operationOf } from "./request-operation.js";
import { inTrace } from "./request-span.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Of what comes to /graphql, once it is let in. */
    caller: Caller | null;
    /** Of its operation, once there is one. */
    operationContext: object | null;
  }
}

export interface OperationsRouteOptions {
  readonly guards: Guards;
  /** Of pages elsewhere whose scripts a browser may let ask. */
  readonly origins: readonly string[];
  readonly formatError: ErrorFormat;
  readonly streams: EventStreams;
  /** For what has one answer. */
  readonly answer: RouteHandlerMethod;
  readonly typeOf: (operation: OperationRequest) => OperationTypeNode | "unknown";
  /** For a browser that opens the address; null: it gets what everybody gets. */
  readonly page: RouteHandlerMethod | null;
}

/** How long a browser need not ask again whether a page may come in. */
const PREFLIGHT_SECONDS = 600;

/**
 * Operations at /graphql: by POST, and those that change nothing by GET. A stranger is sent away before
 * the body is read. A subscription is answered as an event stream where its client takes one, anything
 * else only where its client takes nothing but that.
 */
export async function serveOperations(
  server: FastifyInstance,
  { guards, origins, formatError, streams, answer, typeOf, page }: OperationsRouteOptions,
): Promise<void> {
  server.decorateRequest("caller", null);
  server.decorateRequest("operationContext", null);

  const turn = createTurns();

  async function admit(request: FastifyRequest): Promise<void> {
    guards.checkOrigin(request.headers);
    if (request.method === "GET") {
      guards.checkSite(request.headers);
      request.headers["apollo-require-preflight"] ??= "true"; // checked, as Apollo Server would have it
    }
    const secret = secretOf(request.headers.authorization);
    const address = guards.addressOf(request.raw);
    request.caller = await guards.admit(secret, address);
    await guards.countOperation(request.caller, address);
    requireIdentity(request.headers["content-encoding"]);
  }

  /** What is to be streamed; null: it has one answer. Throws where neither can be. */
  function streamed(request: FastifyRequest): OperationRequest | null {
    const { isStream, json } = acceptable(request.headers.accept);
    if (!isStream) return null;
    const operation = operationOf(request);
    const isFault = operation instanceof GraphQLError;
    const type = isFault ? "unknown" : typeOf(operation);
    if (json !== null && type !== OperationTypeNode.SUBSCRIPTION) return null;
    if (isFault) throw operation;
    if (request.method === "GET" && type === OperationTypeNode.MUTATION) throw NOT_BY_GET;
    return operation;
  }

  await server.register((scope, _options, loaded) => {
    scope.register(fastifyCors, {
      origin: [...origins],
      methods: ["GET", "POST"],
      exposedHeaders: ["retry-after", "www-authenticate"],
      maxAge: PREFLIGHT_SECONDS,
    });
    scope.removeContentTypeParser("text/plain"); // what a form of any page can send
    scope.route({
      method: ["GET", "POST"],
      exposeHeadRoute: false,
      url: "/graphql",
      async onRequest(request, reply) {
        if (!isForPage(request)) await admit(request);
        await turn(request, reply);
      },
      preHandler: inTrace,
      handler(request, reply) {
        if (page !== null && isForPage(request)) return page.call(server, request, reply);
        const operation = streamed(request);
        if (operation !== null) return streams.handle(operation, reply, callerOf(request));
        return answer.call(server, request, reply);
      },
      errorHandler: (error, _request, reply) => sendFault(reply, error, formatError),
    });
    loaded();
  });

  function isForPage({ method, headers }: FastifyRequest): boolean {
    return page !== null && method === "GET" && acceptable(headers.accept).isPage;
  }
}

/** Compressed bodies are not taken: a small one can hold any amount. */
function requireIdentity(encoding: string | undefined): void {
  if (encoding === undefined || encoding.toLowerCase() === "identity") return;
  const message = `A body in \`content-encoding: ${encoding.slice(0, 40)}\` is not taken; send it as it is.`;
  throw Object.assign(new Error(message), { statusCode: 415 });
}

export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error("a request came past the guards");
  return caller;
}

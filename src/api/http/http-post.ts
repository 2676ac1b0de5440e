import fastifyCors from "@fastify/cors";
import { context, propagation } from "@opentelemetry/api";
import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from "fastify";
import { type Guards, secretOf } from "../access/guards.js";
import type { Caller } from "../access/key-ring.js";
import type { ErrorFormat } from "../execution/error-format.js";
import { acceptsEventStream, type EventStreams } from "../live/event-stream.js";
import { sendFault } from "./http-answer.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Of what comes to /graphql, once it is let in. */
    caller: Caller | null;
    /** Of its operation, once there is one. */
    operationContext: object | null;
  }
}

export interface PostOptions {
  readonly guards: Guards;
  /** Of pages elsewhere whose scripts a browser may let ask. */
  readonly origins: readonly string[];
  readonly formatError: ErrorFormat;
  readonly streams: EventStreams;
  /** For what has one answer. */
  readonly answer: RouteHandlerMethod;
}

/** How long a browser need not ask again whether a page may come in. */
const PREFLIGHT_SECONDS = 600;

/** POST of /graphql. A stranger is sent away before the body is read. */
export async function servePost(
  server: FastifyInstance,
  { guards, origins, formatError, streams, answer }: PostOptions,
): Promise<void> {
  server.decorateRequest("caller", null);
  server.decorateRequest("operationContext", null);
  await server.register((scope, _options, loaded) => {
    scope.register(fastifyCors, {
      origin: [...origins],
      methods: ["POST"],
      exposedHeaders: ["retry-after", "www-authenticate"],
      maxAge: PREFLIGHT_SECONDS,
    });
    scope.route({
      method: "POST",
      url: "/graphql",
      async onRequest(request) {
        guards.checkOrigin(request.headers);
        const secret = secretOf(request.headers.authorization);
        request.caller = await guards.admit(secret, request.ip);
        await guards.countOperation(request.caller, request.ip);
      },
      // A caller's trace goes on in the tasks that its operation publishes. To have a context of one's
      // own costs all of the request's promises a hook, so that who brings none gets none.
      preHandler(request, _reply, done) {
        const active = context.active();
        const carried = propagation.extract(active, request.headers);
        if (carried === active) done();
        else context.with(carried, done);
      },
      handler(request, reply) {
        if (acceptsEventStream(request)) return streams.handle(request, reply, callerOf(request));
        return answer.call(server, request, reply);
      },
      errorHandler: (error, _request, reply) => sendFault(reply, error, formatError),
    });
    loaded();
  });
}

export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === null) throw new Error("a request came past the guards");
  return caller;
}

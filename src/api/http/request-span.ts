import { context, propagation, SpanKind, trace } from "@opentelemetry/api";
import type { FastifyReply, FastifyRequest } from "fastify";
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
  ATTR_URL_PATH,
  ATTR_URL_SCHEME,
} from "../../telemetry/traces/semantic-conventions.js";
import { startSpan } from "../../telemetry/traces/spans.js";

const PATH = "/graphql";

/**
 * Goes on in the trace of a caller who traces, or in a new one, where it is kept. To have a context of
 * one's own costs all of the request's promises a hook, so that whoever is in no kept trace has none.
 */
export function inTrace(
  { method, headers, protocol }: FastifyRequest,
  { raw }: FastifyReply,
  next: () => void,
): void {
  const active = context.active();
  const carried = propagation.extract(active, headers);
  const span = startSpan(
    `${method} ${PATH}`,
    {
      kind: SpanKind.SERVER,
      attributes: {
        [ATTR_HTTP_REQUEST_METHOD]: method,
        [ATTR_HTTP_ROUTE]: PATH,
        [ATTR_URL_PATH]: PATH,
        [ATTR_URL_SCHEME]: protocol,
      },
    },
    carried,
  );
  if (span.isRecording()) {
    raw.once("close", () => {
      span.setAttribute(ATTR_HTTP_RESPONSE_STATUS_CODE, raw.statusCode);
      span.end();
    });
    context.with(trace.setSpan(carried, span), next);
  } else if (carried === active) next();
  else context.with(carried, next);
}

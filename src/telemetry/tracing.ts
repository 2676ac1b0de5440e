import { type Attributes, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { scrub } from "./logger.js";

const TRACER = "github-change-tracker";

/**
 * Sends spans to a collector. Without an endpoint nothing is recorded, but trace contexts are still
 * carried from task to task, so that a request of a caller who traces stays one trace.
 */
export function startTracing({
  endpoint,
  roles,
}: {
  endpoint: string | undefined;
  roles: readonly string[];
}): { stop(): Promise<void> } {
  const spanProcessors =
    endpoint === undefined
      ? []
      : [
          new BatchSpanProcessor(
            new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, "")}/v1/traces` }),
          ),
        ];
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": TRACER, "service.roles": roles.join(",") }),
    spanProcessors,
  });
  provider.register(); // W3C trace context and baggage, AsyncLocalStorage
  return { stop: () => provider.shutdown() };
}

/** Runs `work` inside a span of this name; a failure marks the span and passes through. */
export async function withSpan<T>(
  name: string,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  return await trace.getTracer(TRACER).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      const message = scrub(error instanceof Error ? error.message : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  });
}

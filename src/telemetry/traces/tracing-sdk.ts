import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from "./semantic-conventions.js";
import type { Tracing, TracingOptions } from "./tracing.js";

const SERVICE = "github-change-tracker";

/** Of the SDK's own, which reads the standard variables: where to, how much, with which headers. */
export function startSdk({ roles, version }: Omit<TracingOptions, "isOn">): Tracing {
  const own = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: SERVICE,
    [ATTR_SERVICE_VERSION]: version,
    "tracker.roles": roles.join(","),
  });
  const detected = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] });
  const provider = new NodeTracerProvider({
    resource: defaultResource().merge(own).merge(detected),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register(); // W3C trace context and baggage, AsyncLocalStorage
  return { stop: () => provider.shutdown() };
}

import { carryContexts } from "./trace-context.js";

export interface Tracing {
  /** Sends what has not been sent. */
  stop(): Promise<void>;
}

export interface TracingOptions {
  /** Whether OpenTelemetry's standard variables name somebody to send spans to. */
  readonly isOn: boolean;
  /** What kind of process this is, beside what `OTEL_RESOURCE_ATTRIBUTES` says. */
  readonly roles: readonly string[];
  readonly version: string;
}

/**
 * Sends spans to a collector, as the standard variables say. Where they name none, nothing is recorded
 * and OpenTelemetry's SDK is not even loaded, but the trace of a caller who traces goes on all the same.
 */
export async function startTracing({ isOn, ...facts }: TracingOptions): Promise<Tracing> {
  if (isOn) {
    const { startSdk } = await import("./tracing-sdk.js");
    return startSdk(facts);
  }
  carryContexts();
  return { stop: async () => {} };
}

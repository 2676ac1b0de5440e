import { setTimeout as delay } from "node:timers/promises";
import { context, propagation, ROOT_CONTEXT, SpanKind } from "@opentelemetry/api";
import { withSpan } from "./spans.js";
import { startTracing, type TracingOptions } from "./tracing.js";

/** Nobody waits longer for a command because a collector does not answer. */
const SEND_MS_MAX = 2_000;

export interface CommandTraceOptions extends Omit<TracingOptions, "roles"> {
  readonly command: string;
  /** `TRACEPARENT` and `TRACESTATE`: of whoever started it. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs a command of the command line in the trace of whoever started it, as a CI job does, or in one of
 * its own where a collector is configured; what it asks the server goes on in it.
 * https://opentelemetry.io/docs/specs/otel/context/env-carriers/
 */
export async function inCommandTrace<T>(
  { command, env, ...options }: CommandTraceOptions,
  run: () => Promise<T>,
): Promise<T> {
  const tracing = await startTracing({ ...options, roles: ["command line"] });
  const { TRACEPARENT: traceparent, TRACESTATE: tracestate } = env;
  const parent = propagation.extract(ROOT_CONTEXT, { traceparent, tracestate });
  try {
    const span = { kind: SpanKind.INTERNAL };
    return await context.with(parent, () => withSpan(`tracker ${command}`, span, run));
  } finally {
    const sent = tracing.stop().catch(() => {});
    await Promise.race([sent, delay(SEND_MS_MAX, undefined, { ref: false })]);
  }
}

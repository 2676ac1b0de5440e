import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import { ATTR_ERROR_TYPE } from "./semantic-conventions.js";

const TRACER = "github-change-tracker";

/** A span of this system, begun; whoever begins it ends it. */
export function startSpan(name: string, options: SpanOptions = {}, parent?: Context): Span {
  return trace.getTracer(TRACER).startSpan(name, options, parent);
}

/**
 * Runs `work` inside a span of this name; a failure marks the span with its kind, without its words, and
 * passes through. Where nothing is traced it is `work` alone.
 */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = startSpan(name, options);
  const { spanId } = span.spanContext();
  const isNew = isSpanContextValid(span.spanContext()) && spanId !== activeSpan()?.spanId;
  if (!isNew) return await work(span);
  try {
    // Awaited inside: what Prisma returns begins only when it is.
    return await context.with(trace.setSpan(context.active(), span), async () => await work(span));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** The same as part of a trace that is kept; where there is none, `work` alone. */
export async function withChildSpan<T>(
  name: string,
  options: SpanOptions,
  work: () => Promise<T>,
): Promise<T> {
  return isKept() ? await withSpan(name, options, work) : await work();
}

/**
 * Runs `work` in a trace of its own, linked to the one that it is in: for one of many things that have come
 * together there, and part again.
 */
export async function apart<T>(
  name: string,
  options: SpanOptions,
  work: () => Promise<T>,
): Promise<T> {
  const here = activeSpan();
  const links = here === undefined ? [] : [{ context: here }];
  return await context.with(ROOT_CONTEXT, () => withSpan(name, { ...options, links }, work));
}

/** Whether spans are made in this process at all. */
export function isTracing(): boolean {
  const provider = trace.getTracerProvider() as ProxyTracerProvider;
  return provider.getDelegateTracer(TRACER) !== undefined;
}

/** Whether the trace that is active is kept, so that a span in it is worth its price. */
export function isKept(within: Context = context.active()): boolean {
  const flags = trace.getSpanContext(within)?.traceFlags ?? TraceFlags.NONE;
  return (flags & TraceFlags.SAMPLED) !== 0;
}

/** What is known of the work in hand only while it is. */
export function addFacts(facts: Attributes): void {
  trace.getActiveSpan()?.setAttributes(facts);
}

export function failSpan(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute(ATTR_ERROR_TYPE, errorType(error));
}

/** Its code or its class: what an error says may quote what nobody else is to read. */
function errorType(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(typeof code === "string" ? code : (name ?? "unknown"));
}

function activeSpan() {
  return trace.getSpanContext(context.active());
}

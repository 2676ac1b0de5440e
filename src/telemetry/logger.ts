import { isSpanContextValid, trace } from "@opentelemetry/api";
import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";

/** What must never be written: GitHub's token forms, our keys, bearer headers, passwords inside URLs. */
const SECRETS: readonly [RegExp, string][] = [
  [/\bghct_[0-9a-f]{8,}/g, "[secret]"],
  [/\bgh[pousr]_[A-Za-z0-9]{16,}/g, "[secret]"],
  [/\bgithub_pat_\w{20,}/g, "[secret]"],
  [/\b(bearer|token|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, "$1 [secret]"],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, "$1:[secret]@"],
];

/** The text without anything that looks like a secret. */
export function scrub(text: string): string {
  return SECRETS.reduce((clean, [pattern, mask]) => clean.replace(pattern, mask), text);
}

/**
 * JSON lines on stdout: a fixed lower-case message, facts in fields, and the trace that it belongs to.
 * Secrets are taken out twice: by field name, and from the finished line, wherever they stand in it.
 */
export function createLogger({
  level,
  destination = pino.destination(1),
}: {
  level: string;
  destination?: DestinationStream;
}): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: (error: unknown) => serializeError(error) },
    redact: {
      paths: ["*.authorization", "*.token", "*.password", "token", "password"],
      censor: "[secret]",
    },
    hooks: { streamWrite: scrub },
    mixin: traceOfLine,
  };
  return pino(options, destination);
}

/** As OpenTelemetry names them in logs. https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/ */
function traceOfLine(): object {
  const span = trace.getActiveSpan()?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return {};
  return { trace_id: span.traceId, span_id: span.spanId };
}

const CAUSES_MAX = 5; // an error can be its own cause

/** An error with its code and the chain of its causes, without request and response objects. */
function serializeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const { code, details } = error as { code?: unknown; details?: unknown };
  const isShown = cause !== undefined && depth < CAUSES_MAX;
  return {
    type: name,
    code,
    message,
    details,
    stack,
    cause: isShown ? serializeError(cause, depth + 1) : undefined,
  };
}

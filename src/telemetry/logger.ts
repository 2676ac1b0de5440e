import { type Logger, pino, stdSerializers } from "pino";

/** What must never be written: GitHub's token forms, bearer headers, passwords inside URLs. */
const SECRETS: readonly [RegExp, string][] = [
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
 * JSON lines on stdout: a fixed lower-case message, facts in fields. Secrets are taken out twice:
 * by field name, and from the finished line, wherever they stand in it.
 */
export function createLogger({ level }: { level: string }): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: serializeError },
    redact: {
      paths: ["*.authorization", "*.token", "*.password", "token", "password"],
      censor: "[secret]",
    },
    hooks: { streamWrite: scrub },
  });
}

/** An error with its code and the chain of its causes, without request and response objects. */
function serializeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { type, message, stack } = stdSerializers.err(error);
  const { code, details, cause } = error as { code?: unknown; details?: unknown; cause?: unknown };
  return {
    type,
    code,
    message,
    details,
    stack,
    cause: cause === undefined ? undefined : serializeError(cause),
  };
}

import { type Span, SpanKind } from "@opentelemetry/api";
import {
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_RESPONSE_STATUS_CODE,
  ATTR_DB_SYSTEM_NAME,
  DB_SYSTEM_NAME_VALUE_POSTGRESQL,
} from "../telemetry/traces/semantic-conventions.js";
import { failSpan, isKept, startSpan } from "../telemetry/traces/spans.js";
import { statementSummary } from "./statement-summary.js";

/** Of a statement that is being sent, in a trace that is kept; null elsewhere. Its text and values stay out of it. */
export function startStatementSpan(text: string): Span | null {
  if (!isKept()) return null;
  const summary = statementSummary(text);
  return startSpan(summary, {
    kind: SpanKind.CLIENT,
    attributes: {
      [ATTR_DB_SYSTEM_NAME]: DB_SYSTEM_NAME_VALUE_POSTGRESQL,
      [ATTR_DB_QUERY_SUMMARY]: summary,
    },
  });
}

export function endStatementSpan(span: Span | null, error: unknown): void {
  if (span === null) return;
  if (error != null) {
    failSpan(span, error);
    const { code } = error as { code?: unknown };
    if (typeof code === "string") span.setAttribute(ATTR_DB_RESPONSE_STATUS_CODE, code);
  }
  span.end();
}

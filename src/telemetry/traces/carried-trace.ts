import { context, propagation } from "@opentelemetry/api";

/** The trace that is active, as headers for a request or a message; none where there is none. */
export function carriedTrace(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

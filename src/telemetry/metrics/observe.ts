import { TraceFlags, trace } from "@opentelemetry/api";
import type { Histogram } from "prom-client";
import type { Observed } from "./metrics.js";

/** One value, with the trace that it belongs to where that is kept: an exemplar leads from the one to the other. */
export function observe<Label extends string>(
  histogram: Observed<Label>,
  labels: Readonly<Partial<Record<Label, string>>>,
  value: number,
): void {
  const span = trace.getActiveSpan()?.spanContext();
  const isKept = span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0;
  const exemplarLabels = isKept ? { trace_id: span.traceId, span_id: span.spanId } : {};
  const observed = { labels, value, exemplarLabels } as Parameters<Histogram<Label>["observe"]>[0];
  (histogram as Histogram<Label>).observe(observed);
}

/** How long an event was on its way, by the clocks of whoever wrote it and of this process. */
export function observeLag(
  { feedLag }: { readonly feedLag: Observed<"until"> },
  until: "process" | "socket",
  ingestedAt: Date,
): void {
  observe(feedLag, { until }, Math.max(0, Date.now() - ingestedAt.getTime()) / 1_000);
}

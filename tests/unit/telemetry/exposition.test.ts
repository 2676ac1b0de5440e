import { context, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMetrics } from "../../../src/telemetry/metrics/metrics.js";
import { observe } from "../../../src/telemetry/metrics/observe.js";

const ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2";
const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };

describe("the metrics as text", () => {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  afterAll(() => context.disable());

  const within = (traceFlags: TraceFlags, work: () => void) =>
    context.with(trace.setSpanContext(ROOT_CONTEXT, { ...span, traceFlags }), work);

  it("are Prometheus's, or OpenMetrics for who asks, at once and in any order", async () => {
    const metrics = createMetrics();
    metrics.claims.inc({ kind: "pull" });
    const [open, plain, openAgain] = await Promise.all([
      metrics.expose(ACCEPT),
      metrics.expose("*/*"),
      metrics.expose(ACCEPT),
    ]);
    const line = 'tracker_work_claimed_total{kind="pull"} 1';
    expect(plain.contentType).toContain("text/plain; version=0.0.4");
    expect(plain.text).toContain(`# TYPE tracker_work_claimed_total counter\n`);
    expect(plain.text.split("\n")).toContain(line);
    expect(plain.text).not.toContain("# EOF");
    for (const { contentType, text } of [open, openAgain]) {
      expect(contentType).toContain("application/openmetrics-text; version=1.0.0");
      expect(text).toContain("# TYPE tracker_work_claimed counter\n");
      expect(text.split("\n")).toContain(line);
      expect(text.endsWith("# EOF\n")).toBe(true);
    }
    expect((await metrics.expose()).text.split("\n")).toContain(line);
  });

  it("lead from a bucket to a trace that is kept, and to none that is not", async () => {
    const metrics = createMetrics();
    within(TraceFlags.SAMPLED, () => observe(metrics.taskDuration, { kind: "check" }, 0.2));
    within(TraceFlags.NONE, () => observe(metrics.taskDuration, { kind: "pull" }, 0.2));
    observe(metrics.taskDuration, { kind: "verify" }, 0.2);
    const { text } = await metrics.expose(ACCEPT);
    const buckets = text.match(/^tracker_task_duration_seconds_bucket.* # .*$/gm);
    expect(buckets).toHaveLength(1);
    expect(buckets?.[0]).toMatch(
      /kind="check"\} 1 # \{trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"\} 0\.2 \d+/,
    );
    expect((await metrics.expose()).text).not.toContain("trace_id");
  });
});

import { context, propagation, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TrackerError } from "../../../src/domain/errors.js";
import { apart, withChildSpan, withSpan } from "../../../src/telemetry/traces/spans.js";

describe("spans", () => {
  const exporter = new InMemorySpanExporter();
  beforeAll(() => {
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  });
  beforeEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });

  const spans = () => exporter.getFinishedSpans();
  const find = (wanted: string) => {
    const span = spans().find(({ name }) => name === wanted);
    if (span === undefined) throw new Error(`no span ${wanted}`);
    return span;
  };

  it("nest across awaits, and pass results through", async () => {
    const result = await withSpan("outer", {}, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return await withSpan("inner", {}, async () => "result");
    });
    expect(result).toBe("result");
    expect(find("inner").parentSpanContext?.spanId).toBe(find("outer").spanContext().spanId);
  });

  it("tell of a failure by its kind, and nothing that it says", async () => {
    const failure = new TrackerError("GITHUB_FORBIDDEN", "with a word of a commit");
    await expect(withSpan("failing", {}, () => Promise.reject(failure))).rejects.toBe(failure);
    const { status, attributes, events } = find("failing");
    expect(status).toEqual({ code: SpanStatusCode.ERROR });
    expect(attributes).toEqual({ "error.type": "GITHUB_FORBIDDEN" });
    expect(events).toEqual([]);
  });

  it("are made as part of a trace, or not at all, where they are worth nothing alone", async () => {
    await withChildSpan("alone", {}, async () => {});
    expect(spans()).toEqual([]);
    await withSpan("outer", {}, () => withChildSpan("child", {}, async () => {}));
    expect(find("child").spanContext().traceId).toBe(find("outer").spanContext().traceId);
  });

  it("part into a trace of their own that is linked to where they come from", async () => {
    await withSpan("together", {}, () => apart("alone", {}, async () => {}));
    const { links, ...alone } = find("alone");
    const together = find("together").spanContext();
    expect(links.map(({ context: { spanId } }) => spanId)).toEqual([together.spanId]);
    expect(alone.parentSpanContext).toBeUndefined();
    expect(find("alone").spanContext().traceId).not.toBe(together.traceId);
  });
});

import { AsyncLocalStorage } from "node:async_hooks";
import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { apart, withSpan } from "../../../src/telemetry/traces/spans.js";
import { TRACE_CONTEXT } from "../../../src/telemetry/traces/trace-context.js";
import { startTracing } from "../../../src/telemetry/traces/tracing.js";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

describe("a trace's context", () => {
  const theirs = new W3CTraceContextPropagator();

  // https://www.w3.org/TR/trace-context/#traceparent-header
  it.each([
    `00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-00`,
    `00-${TRACE}-${SPAN}-03`,
    `cc-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01-what-the-future-brings`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-zz`,
    `00-${TRACE}x-${SPAN}-01`,
    "",
    "x",
  ])(
    "is taken as OpenTelemetry's own propagator takes it, and given on alike: %s",
    (traceparent) => {
      const [ours, others] = [TRACE_CONTEXT, theirs].map((propagator) => {
        const taken = propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
        const carrier: Record<string, string> = {};
        propagator.inject(taken, carrier, defaultTextMapSetter);
        const { traceId, spanId } = trace.getSpanContext(taken) ?? {};
        return { traceId, spanId, given: carrier.traceparent };
      });
      expect(ours).toEqual(others);
    },
  );

  it("is nothing where there is none, or where several are given", () => {
    for (const carrier of [
      {},
      { traceparent: undefined },
      { traceparent: [`00-${TRACE}-${SPAN}-01`, "x"] },
    ]) {
      expect(TRACE_CONTEXT.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)).toBe(ROOT_CONTEXT);
    }
  });
});

describe("where nothing is traced", () => {
  afterEach(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });

  it("nothing is run in a context of its own before a caller's trace comes", async () => {
    const run = vi.spyOn(AsyncLocalStorage.prototype, "run");
    await startTracing({ isOn: false, roles: [], version: "1" });
    await context.with(ROOT_CONTEXT, () => withSpan("alone", {}, async () => {}));
    await apart("apart", {}, async () => {});
    expect(run).not.toHaveBeenCalled();
    const carried = propagation.extract(ROOT_CONTEXT, { traceparent: `00-${TRACE}-${SPAN}-01` });
    context.with(carried, () => {});
    expect(run).toHaveBeenCalledOnce();
    run.mockRestore();
  });

  it("a span is its work alone: no context of its own, and the caller's goes on", async () => {
    await startTracing({ isOn: false, roles: [], version: "1" });
    const inside = async () => context.active();
    expect(await withSpan("alone", {}, inside)).toBe(ROOT_CONTEXT);
    const carried = propagation.extract(ROOT_CONTEXT, { traceparent: `00-${TRACE}-${SPAN}-01` });
    expect(await context.with(carried, () => withSpan("carried", {}, inside))).toBe(carried);
  });
});

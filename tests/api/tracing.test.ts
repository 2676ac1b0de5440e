import { context, propagation, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { startTracing, withSpan } from "../../src/telemetry/tracing.js";
import { startTestApi } from "./test-api.js";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("tracing", () => {
  let tracing: ReturnType<typeof startTracing> | undefined;
  afterEach(async () => {
    await tracing?.stop();
    trace.disable();
    context.disable();
    propagation.disable();
  });

  it("carries a caller's trace into what its operation does, also without a collector", async () => {
    tracing = startTracing({ endpoint: undefined, roles: ["api"] });
    const carried: Record<string, string> = {};
    await using api = await startTestApi({
      beforeAdding: () => propagation.inject(context.active(), carried),
    });
    const response = await fetch(`${api.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`,
      },
      body: JSON.stringify({ query: `mutation { addRepository(url: "o/traced") { created } }` }),
    });
    expect(await response.json()).toEqual({ data: { addRepository: { created: true } } });
    expect(carried.traceparent).toContain(TRACE_ID);
  });

  it("nests spans across awaits, and lets results and failures through", async () => {
    tracing = startTracing({ endpoint: undefined, roles: ["api"] });
    const ids = await withSpan("outer", {}, async () => {
      const outer = trace.getActiveSpan()?.spanContext().traceId;
      await new Promise((resolve) => setImmediate(resolve));
      return [
        outer,
        await withSpan("inner", {}, async () => trace.getActiveSpan()?.spanContext().traceId),
      ];
    });
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(ids[1]).toBe(ids[0]);
    const failure = withSpan("failing", {}, async () => {
      throw new Error("as it was");
    });
    await expect(failure).rejects.toThrow("as it was");
  });
});

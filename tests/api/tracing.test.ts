import { context, propagation, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { startTracing, type Tracing } from "../../src/telemetry/traces/tracing.js";
import { startTestApi } from "./test-api.js";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("tracing", () => {
  let tracing: Tracing | undefined;
  afterEach(async () => {
    await tracing?.stop();
    trace.disable();
    context.disable();
    propagation.disable();
  });

  it("carries a caller's trace into what its operation does, also without a collector", async () => {
    tracing = await startTracing({ isOn: false, roles: ["api"], version: "1" });
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
});

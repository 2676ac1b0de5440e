import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  type ContextManager,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  trace,
} from "@opentelemetry/api";

const TRACEPARENT = /^(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/**
 * W3C trace context, for a process that traces nothing: a caller's trace goes on through it all the same,
 * in its log lines and to whatever follows. The SDK has its own.
 * https://www.w3.org/TR/trace-context/
 */
export const TRACE_CONTEXT: TextMapPropagator = {
  inject(carried, carrier, { set }) {
    const span = trace.getSpanContext(carried);
    if (span === undefined || !isSpanContextValid(span)) return;
    const flags = span.traceFlags.toString(16).padStart(2, "0");
    set(carrier, "traceparent", `00-${span.traceId}-${span.spanId}-${flags}`);
  },
  extract(carried, carrier, { get }) {
    const given = get(carrier, "traceparent");
    const [, version, traceId = "", spanId = "", flags = "", rest] =
      typeof given === "string" ? (TRACEPARENT.exec(given.trim()) ?? []) : [];
    const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
    const isOther = version === "00" && rest !== undefined;
    return isOther || !isSpanContextValid(span) ? carried : trace.setSpanContext(carried, span);
  },
  fields: () => ["traceparent"],
};

/** Has contexts carried through this process. It costs nothing until one comes. */
export function carryContexts(): void {
  const store = new AsyncLocalStorage<Context>();
  const active = () => store.getStore() ?? ROOT_CONTEXT;
  const manager: ContextManager = {
    active,
    // Once a store was run, every promise of the process has a hook.
    with: (carried, work, self, ...args) =>
      carried === active()
        ? work.apply(self, args)
        : store.run(carried, () => work.apply(self, args)),
    bind(carried, target) {
      if (typeof target !== "function") return target;
      return ((...args: unknown[]) => store.run(carried, () => target(...args))) as typeof target;
    },
    enable: () => manager,
    disable: () => manager,
  };
  context.setGlobalContextManager(manager);
  propagation.setGlobalPropagator(TRACE_CONTEXT);
}

import { type Delivery, type DeliveryParts, delivering } from "./delivery.js";

export interface SourceDeliveryParts extends DeliveryParts {
  readonly source: AsyncIterable<object>;
  readonly render: (value: object) => Promise<Buffer>;
}

/** One subscriber's messages, one for each value of its source, which is left even while it waits. */
export function deliverSource(parts: SourceDeliveryParts): Delivery {
  const { source, render, sink, turns } = parts;
  return delivering(parts, async (signal, untilTaken) => {
    const values = source[Symbol.asyncIterator]();
    const leave = () => void values.return?.();
    signal.addEventListener("abort", leave, { once: true });
    try {
      while (!signal.aborted) {
        const step = await values.next();
        if (step.done === true) return;
        const payload = await render(step.value);
        if (signal.aborted) return;
        sink.push(payload);
        await turns.sent(payload.length);
        await untilTaken();
      }
    } finally {
      signal.removeEventListener("abort", leave);
      await values.return?.();
    }
  });
}

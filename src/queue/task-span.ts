import { type Attributes, SpanKind } from "@opentelemetry/api";
import {
  ATTR_MESSAGING_DESTINATION_NAME,
  ATTR_MESSAGING_OPERATION_NAME,
  ATTR_MESSAGING_OPERATION_TYPE,
  ATTR_MESSAGING_SYSTEM,
  MESSAGING_OPERATION_TYPE_VALUE_PROCESS as PROCESS,
  MESSAGING_OPERATION_TYPE_VALUE_SEND as SEND,
} from "../telemetry/traces/semantic-conventions.js";
import { withChildSpan, withSpan } from "../telemetry/traces/spans.js";

/** Where a task goes: a queue of a broker. */
interface Destination {
  readonly system: string;
  readonly name: string;
}

/** Sends a task as part of the trace that is active, if it is kept. */
export function sendingTask(
  destination: Destination,
  facts: Attributes,
  send: () => Promise<void>,
): Promise<void> {
  const attributes = { ...attributesOf(destination, SEND), ...facts };
  const span = { kind: SpanKind.PRODUCER, attributes };
  return withChildSpan(`${SEND} ${destination.name}`, span, send);
}

/** Handles a task in the trace of whoever has sent it, else in one of its own. */
export function processingTask(
  destination: Destination,
  facts: Attributes,
  handle: () => Promise<void>,
): Promise<void> {
  const attributes = { ...attributesOf(destination, PROCESS), ...facts };
  const span = { kind: SpanKind.CONSUMER, attributes };
  return withSpan(`${PROCESS} ${destination.name}`, span, handle);
}

function attributesOf({ system, name }: Destination, operation: string): Attributes {
  return {
    [ATTR_MESSAGING_SYSTEM]: system,
    [ATTR_MESSAGING_DESTINATION_NAME]: name,
    [ATTR_MESSAGING_OPERATION_NAME]: operation,
    [ATTR_MESSAGING_OPERATION_TYPE]: operation,
  };
}

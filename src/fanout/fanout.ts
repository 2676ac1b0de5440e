/**
 * PORT. The doorbell: tells every API instance that the feed has grown.
 *
 * - Carries sequences only; the events are read from the database. Lossy on purpose: rings may be
 *   lost, repeated or out of order, and nobody may depend on one.
 * - `ring` never rejects and never waits for long: a lost ring costs the readers' heartbeat, not an event.
 * - The trace context of whoever rings is active in the listener.
 * - Every subscriber hears every ring made while it is connected (each has a queue of its own).
 */
export interface Fanout {
  ring(sequence: bigint): Promise<void>;
  /** Calls `listener` for each ring until the returned function is called. */
  listen(listener: (sequence: bigint) => void): Promise<() => Promise<void>>;
  isReady(): boolean;
  close(): Promise<void>;
}

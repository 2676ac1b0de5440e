/**
 * Runs a request with a signal that aborts when `signal` does, with its reason, or after
 * `timeoutMs`, with a `TimeoutError`. Leaves no timer and no listener behind.
 *
 * Not `AbortSignal.any([signal, AbortSignal.timeout(…)])`: on Node 20 the timeout can be collected
 * as garbage before it fires, and the request then hangs. https://github.com/nodejs/node/issues/57736
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  const timer = setTimeout(() => {
    controller.abort(new DOMException(`No answer within ${timeoutMs} ms.`, "TimeoutError"));
  }, timeoutMs);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

import { useEffect } from "preact/hooks";
import { createStore, useStore } from "../client/store.js";
import { absoluteTime, relativeTime } from "../text/times.js";

const TICK_MS = 5_000;
const now = createStore(Date.now());
let shownCount = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The time now, to a few seconds: one clock for all that is shown. */
export function useNow(): number {
  useEffect(() => {
    shownCount += 1;
    timer ??= setInterval(() => now.set(Date.now()), TICK_MS);
    return () => {
      shownCount -= 1;
      if (shownCount > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return Math.max(useStore(now), Date.now() - TICK_MS);
}

/** When something is due: what should have begun is due now. */
export function DueTime({ at }: { readonly at: string }) {
  const now = useNow();
  const text = Date.parse(at) <= now ? "now" : relativeTime(at, now);
  return (
    <time dateTime={at} title={absoluteTime(at)}>
      {text}
    </time>
  );
}

export function RelativeTime({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={absoluteTime(at)}>
      {relativeTime(at, useNow())}
    </time>
  );
}

import { useCallback, useRef } from "preact/hooks";

const SOON_MS = 1_000;

/** Acts once for many calls within a moment. */
export function useSoon(act: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const latest = useRef(act);
  latest.current = act;
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      latest.current();
    }, SOON_MS);
  }, []);
}

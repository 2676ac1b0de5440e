import { useEffect, useState } from "preact/hooks";

/** A value once it has been the same for a moment: what is typed is asked for when it is there. */
export function useLate<T>(value: T, afterMs = 250): T {
  const [late, setLate] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLate(() => value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return late;
}

import { useEffect, useState } from "preact/hooks";

const WINDOW_MS = 20_000;

interface Sample {
  readonly at: number;
  readonly count: number;
}

/** By how much a count grows each second, over the last moments; null before that can be told. */
export function useRate(count: number): number | null {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    const at = Date.now();
    setSamples((all) => [...all.filter((one) => at - one.at < WINDOW_MS), { at, count }]);
  }, [count]);
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < 1_000) return null;
  const rate = ((last.count - first.count) / (last.at - first.at)) * 1_000;
  return rate > 0 ? rate : null;
}

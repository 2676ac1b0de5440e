import type { Bell } from "./bell.js";

/** Whether what is there waits for more. */
export interface Gathering {
  isOn(): boolean;
  pause(): Promise<void>;
  /** Something was filled: what comes now may wait as long. */
  restart(): void;
}

export function createGathering(
  bell: Bell,
  { gatherMs, gatherMsMax }: { readonly gatherMs: number; readonly gatherMsMax: number },
): Gathering {
  let endsAtMs = performance.now() + gatherMsMax;
  return {
    isOn: () => bell.silentMs() < gatherMs && performance.now() < endsAtMs,
    pause: () => bell.pause(gatherMs),
    restart() {
      endsAtMs = performance.now() + gatherMsMax;
    },
  };
}

/** Rung by whoever has news; waited for by one. */
export interface Bell {
  ring(): void;
  /** Resolves at once when it was rung since the last time, else when it is, or the time is over. */
  rung(msMax: number): Promise<void>;
  pause(ms: number): Promise<void>;
  /** Since it was rung. */
  silentMs(): number;
}

/** Who waits is woken by the signal, too. */
export function createBell(signal: AbortSignal): Bell {
  let isRung = false;
  let rungAtMs = Number.NEGATIVE_INFINITY;
  let wake = () => {};
  async function sleep(ms: number, mayWake: boolean): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done, { once: true });
      if (mayWake) wake = done;
    });
    wake = () => {};
  }
  return {
    ring() {
      isRung = true;
      rungAtMs = performance.now();
      wake();
    },
    async rung(msMax) {
      if (!isRung) await sleep(msMax, true);
      isRung = false;
    },
    pause: (ms) => sleep(ms, false),
    silentMs: () => performance.now() - rungAtMs,
  };
}

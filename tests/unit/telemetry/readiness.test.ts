import { describe, expect, it, vi } from "vitest";
import { createReadiness } from "../../../src/telemetry/readiness.js";

describe("readiness", () => {
  it("asks each part once for all who ask meanwhile, and a moment later", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      let asked = 0;
      let isThere = true;
      const isReady = async () => {
        asked += 1;
        return isThere;
      };
      const readiness = createReadiness([{ name: "part", isReady }]);
      const many = await Promise.all(Array.from({ length: 3_000 }, () => readiness()));
      expect(many.every((failing) => failing.length === 0)).toBe(true);
      isThere = false;
      expect(await readiness()).toEqual([]);
      expect(asked).toBe(1);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await readiness()).toEqual(["part"]);
      expect(asked).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it("names what does not answer within two seconds, and what throws", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const readiness = createReadiness([
        { name: "well", isReady: () => true },
        { name: "silent", isReady: () => new Promise<boolean>(() => {}) },
        {
          name: "broken",
          isReady: () => {
            throw new Error("no answer");
          },
        },
      ]);
      const failing = readiness();
      await vi.advanceTimersByTimeAsync(2_000);
      expect(await Promise.race([failing, Promise.resolve("late")])).toEqual(["silent", "broken"]);
    } finally {
      vi.useRealTimers();
    }
  });
});

import { describe, expect, it } from "vitest";
import { createReadingPlaces } from "../../../src/api/execution/reading-places.js";
import { eventually } from "../../support/eventually.js";

/** Reads that last until they are told to end. */
function slowReads() {
  const ends: ((error?: Error) => void)[] = [];
  const read = () =>
    new Promise<number>((resolve, reject) => {
      const place = ends.length;
      ends.push((error) => (error === undefined ? resolve(place) : reject(error)));
    });
  return { ends, read };
}

describe("places for reads that take long", () => {
  it("let so many read at once, and the others in their turn, also after one has failed", async () => {
    const { ends, read } = slowReads();
    const places = createReadingPlaces(2);
    const answers = Array.from({ length: 5 }, () => places.enter(read));
    expect(ends).toHaveLength(2);
    ends[1]?.(new Error("cut off"));
    await expect(answers[1]).rejects.toThrow("cut off");
    await eventually(() => expect(ends).toHaveLength(3));
    ends[0]?.();
    await eventually(() => expect(ends).toHaveLength(4));
    ends[2]?.();
    await eventually(() => expect(ends).toHaveLength(5));
    ends[3]?.();
    ends[4]?.();
    expect(await Promise.all([answers[0], answers[2], answers[3], answers[4]])).toEqual([
      ...[0, 2, 3, 4],
    ]);
    for (const end of [5, 6]) {
      const answer = places.enter(read);
      await eventually(() => expect(ends).toHaveLength(end + 1));
      ends[end]?.();
      expect(await answer).toBe(end);
    }
  });

  it("refuse whoever finds the queue full, and whoever waits too long, and lose no place by it", async () => {
    const { ends, read } = slowReads();
    const places = createReadingPlaces(1, { waitingMax: 1, waitMsMax: 50 });
    const first = places.enter(read);
    const second = places.enter(read);
    const limited = { code: "RATE_LIMITED", details: { retryAt: expect.any(Date) } };
    await expect(places.enter(read)).rejects.toMatchObject(limited);
    await expect(second).rejects.toMatchObject(limited);
    ends[0]?.();
    expect(await first).toBe(0);
    const next = places.enter(read);
    await eventually(() => expect(ends).toHaveLength(2));
    ends[1]?.();
    expect(await next).toBe(1);
  });
});

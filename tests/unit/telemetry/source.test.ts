import { describe, expect, it } from "vitest";
import { createMetrics } from "../../../src/telemetry/metrics/metrics.js";

/** What Prometheus waits by default is ten. */
const ANSWER_MS_MAX = 2_500;

describe("what is read for the metrics", () => {
  const watched = (read: () => number | Promise<number>, keptMs?: number) => {
    const metrics = createMetrics();
    metrics.readFrom({
      name: "watched",
      gauges: [metrics.feedSequence],
      read,
      set: (value) => metrics.feedSequence.set(value),
      ...(keptMs !== undefined && { keptMs }),
    });
    const lines = async () => {
      const { text } = await metrics.expose();
      return text
        .split("\n")
        .filter((line) => /^tracker_(feed_sequence|metrics_source_up)/.test(line));
    };
    return lines;
  };

  it("is there with the answer, and missing where it fails, rather than as it was", async () => {
    let isAway = false;
    const lines = watched(() => {
      if (isAway) throw new Error("away");
      return 7;
    });
    const up = 'tracker_metrics_source_up{source="watched"}';
    expect(await lines()).toEqual(["tracker_feed_sequence 7", `${up} 1`]);
    isAway = true;
    expect(await lines()).toEqual([`${up} 0`]);
    isAway = false;
    expect(await lines()).toEqual(["tracker_feed_sequence 7", `${up} 1`]);
  });

  it("is not waited for beyond its time, and read once however many ask", async () => {
    let readings = 0;
    let answer: (value: number) => void = () => {};
    const lines = watched(() => {
      readings += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    });
    const beganMs = performance.now();
    const answers = await Promise.all([lines(), lines(), lines()]);
    expect(performance.now() - beganMs).toBeLessThan(ANSWER_MS_MAX);
    for (const one of answers)
      expect(one).toEqual(['tracker_metrics_source_up{source="watched"} 0']);
    const next = lines();
    answer(3);
    expect(await next).toContain("tracker_feed_sequence 3");
    expect(readings).toBe(1);
  });

  it("is kept for a while where reading costs something", async () => {
    let readings = 0;
    const lines = watched(() => {
      readings += 1;
      return readings;
    }, 60_000);
    await lines();
    expect(await lines()).toContain("tracker_feed_sequence 1");
    expect(readings).toBe(1);
  });
});

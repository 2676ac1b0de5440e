import { describe, expect, it } from "vitest";
import { type Ask, type Done, playLoad } from "./simulated-load.js";

const MINUTE_MS = 60_000;
const MINUTES = 4;

/** Evenly spread, the same in each run. */
const spread = (index: number, from: number, to: number) =>
  Math.round(from + ((index * 0.618_033_988_75) % 1) * (to - from));

const backfill = (fromMs: number, toMs: number): Ask[] =>
  Array.from({ length: 3_000 }, (_, index) => ({
    ...{ purpose: "backfill", atMs: 0, gitHubMs: spread(index, fromMs, toMs) },
  }));
const live = (everyMs: number, fromMs: number, toMs: number): Ask[] =>
  Array.from({ length: (MINUTES * MINUTE_MS) / everyMs }, (_, index) => ({
    ...{ purpose: "live", atMs: 1_000 + index * everyMs, gitHubMs: spread(index, fromMs, toMs) },
  }));

const usedMs = (done: readonly Done[], fromMs: number, toMs: number) =>
  done
    .filter(({ endedMs }) => endedMs > fromMs && endedMs <= toMs)
    .reduce((sum, { gitHubMs }) => sum + gitHubMs, 0);
/** From the second minute on: in the first, only what begins and ends in it counts. */
const shareOfPace = (done: readonly Done[]) =>
  usedMs(done, MINUTE_MS, MINUTES * MINUTE_MS) / ((MINUTES - 1) * 45_000);
const delays = (done: readonly Done[]) =>
  done
    .filter(({ purpose, atMs }) => purpose === "live" && atMs > MINUTE_MS)
    .map(({ atMs, begunMs }) => begunMs - atMs)
    .sort((a, b) => a - b);

describe("GitHub's time of a minute, while more backfill waits than it has room for", () => {
  it.each([
    ["quick pages", 100, 350],
    ["pages as they come", 100, 1_000],
    ["slow pages", 500, 2_000],
    ["pages of one size", 400, 400],
  ])("is used to at least nine tenths by %s alone, and never exceeded", async (_what, from, to) => {
    const done = await playLoad(backfill(from, to), MINUTES * MINUTE_MS);
    expect(shareOfPace(done)).toBeGreaterThanOrEqual(0.9);
    const minutes = done.map(({ endedMs }) => usedMs(done, endedMs - MINUTE_MS, endedMs));
    expect(Math.max(...minutes)).toBeLessThanOrEqual(45_000 * 1.02);
  });

  it.each([
    ["glances", live(2_000, 250, 650)],
    ["glances and looks", [...live(2_000, 250, 650), ...live(30_000, 3_000, 4_500)]],
    ["pulls", live(700, 100, 400)],
  ])("is live work's first, and backfill's the rest: %s", async (_what, asks) => {
    const done = await playLoad([...asks, ...backfill(100, 1_000)], MINUTES * MINUTE_MS);
    const all = delays(done);
    expect(all.length).toBeGreaterThan(80);
    expect(shareOfPace(done)).toBeGreaterThanOrEqual(0.9);
    expect(all[Math.floor(all.length / 2)]).toBeLessThanOrEqual(1_000);
    expect(all.at(-1)).toBeLessThanOrEqual(8_000);
  });
});

import { describe, expect, it } from "vitest";
import { createRoundTrip } from "../../../src/github/round-trip.js";

const MINUTE_MS = 60_000;

describe("the way to GitHub and back", () => {
  it("is nothing as long as it is unknown: all is taken for GitHub's time", () => {
    expect(createRoundTrip(() => 0).gitHubMs(350)).toBe(350);
  });

  it("is the fastest answer to the cheapest question, but for what GitHub takes over that", () => {
    const way = createRoundTrip(() => 0);
    for (const tookMs of [190, 130, 500]) way.observe(tookMs);
    expect(way.gitHubMs(450)).toBe(350);
  });

  it("is forgotten after some minutes, minute by minute", () => {
    let nowMs = 0;
    const way = createRoundTrip(() => nowMs);
    way.observe(80);
    nowMs = 3 * MINUTE_MS;
    way.observe(130);
    expect(way.gitHubMs(450)).toBe(400);
    nowMs = 5 * MINUTE_MS;
    expect(way.gitHubMs(450)).toBe(350);
    nowMs = 8 * MINUTE_MS;
    expect(way.gitHubMs(450)).toBe(450);
  });

  it("never makes an answer free, and is never longer than the earth is large", () => {
    const way = createRoundTrip(() => 0);
    way.observe(9_000);
    expect(way.gitHubMs(5_000)).toBe(4_600);
    expect(way.gitHubMs(200)).toBe(10);
    expect(way.gitHubMs(4)).toBe(4);
  });
});

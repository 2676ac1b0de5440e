import { describe, expect, it } from "vitest";
import { lagMs, type Milestone } from "../../../src/postgres/replica-lag.js";

const at = (lsn: bigint | null, sequence: bigint) => ({ lsn, sequence });

describe("a replica's lag", () => {
  const milestones: Milestone[] = [
    { position: at(100n, 1n), at: 1_000 },
    { position: at(200n, 1n), at: 2_000 },
    { position: at(300n, 2n), at: 3_000 },
  ];

  it("is nothing for one that has all of it, however long ago that was written", () => {
    expect(lagMs(at(300n, 2n), milestones, 90_000)).toBe(0);
    expect(lagMs(at(400n, 3n), milestones, 90_000)).toBe(0);
  });

  it("counts from when the primary had what is missing, log and feed alike", () => {
    expect(lagMs(at(250n, 1n), milestones, 3_500)).toBe(500);
    expect(lagMs(at(150n, 1n), milestones, 3_500)).toBe(1_500);
    expect(lagMs(at(300n, 1n), milestones, 3_500)).toBe(500);
  });

  it("goes by the feed alone where a server does not tell its log", () => {
    expect(lagMs(at(null, 2n), milestones, 9_000)).toBe(0);
    expect(lagMs(at(null, 1n), milestones, 9_000)).toBe(6_000);
  });

  it("is infinite for one that has less than anything known, and before anything is known", () => {
    expect(lagMs(at(50n, 0n), milestones, 3_500)).toBe(Number.POSITIVE_INFINITY);
    expect(lagMs(at(300n, 2n), [], 3_500)).toBe(Number.POSITIVE_INFINITY);
  });
});

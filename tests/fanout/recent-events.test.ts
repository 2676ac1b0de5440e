import { describe, expect, it } from "vitest";
import { createRecentEvents } from "../../src/fanout/recent-events.js";
import { aCommit, anEvent } from "../support/builders.js";

describe("the events in memory", () => {
  it("are all those after a sequence, or none where one is missing", () => {
    const recent = createRecentEvents();
    expect(recent.after(0n)).toBeNull();
    for (let n = 5n; n <= 8n; n += 1n) recent.push(anEvent({ sequence: n }));
    const rest = (n: bigint) => recent.after(n)?.map(({ sequence }) => sequence);
    expect(rest(3n)).toBeUndefined();
    expect(rest(4n)).toEqual([5n, 6n, 7n, 8n]);
    expect(rest(7n)).toEqual([8n]);
    expect(rest(8n)).toEqual([]);
  });

  it.each([
    { what: "many", commits: [], keptMax: 256 },
    { what: "of many commits", commits: Array.from({ length: 100 }, () => aCommit()), keptMax: 50 },
    {
      what: "of long messages",
      commits: Array.from({ length: 100 }, () => aCommit({ message: "m".repeat(65_536) })),
      keptMax: 2,
    },
  ])("are fewer where they are $what", ({ commits, keptMax }) => {
    const recent = createRecentEvents();
    for (let n = 1n; n <= 300n; n += 1n) recent.push(anEvent({ sequence: n, commits }));
    expect(recent.after(300n - BigInt(keptMax))).toHaveLength(keptMax);
    expect(recent.after(300n - BigInt(keptMax) - 1n)).toBeNull();
  });

  it("hold the newest, whatever its size", () => {
    const recent = createRecentEvents();
    const commits = [aCommit({ message: "m".repeat(20 * 2 ** 20) })];
    for (let n = 1n; n <= 3n; n += 1n) recent.push(anEvent({ sequence: n, commits }));
    expect(recent.after(2n)).toHaveLength(1);
  });
});

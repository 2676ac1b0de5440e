import { describe, expect, it } from "vitest";
import { isForTheApi, pagesBeforeGit } from "../../../src/domain/history-transport.js";

const NOTHING = { headOid: null, trackFrom: null, commitCount: 0, walkOid: null };
const START = new Date(0);
const cases = {
  "a first history": NOTHING,
  "a first history that has begun": { ...NOTHING, commitCount: 3_000, walkOid: "w" },
  "a first history with a tracking start": { ...NOTHING, trackFrom: START },
  "what a reset has left out": { ...NOTHING, commitCount: 3_000 },
  "a gap": { ...NOTHING, commitCount: 3_000, headOid: "h" },
  "a gap with a tracking start": { ...NOTHING, commitCount: 3_000, headOid: "h", trackFrom: START },
};

describe("how many pages of the API come before git is asked", () => {
  it.each(Object.entries(cases))("by itself: of %s", (what, walk) => {
    const isAllWanted = what === "a first history" || what.includes("has begun");
    expect(pagesBeforeGit({ transport: "auto" }, walk)).toBe(isAllWanted ? 0 : 5);
    expect(pagesBeforeGit({ transport: "api" }, walk)).toBe(Number.POSITIVE_INFINITY);
    // Pushes are the API's, whatever is wished for.
    expect(pagesBeforeGit({ transport: "git" }, walk)).toBe(walk.headOid === null ? 0 : 5);
  });

  it("leaves to the API what leads behind a tracking start", () => {
    expect(isForTheApi({ isStartFound: true, undecidedCount: 6 }, 6)).toBe(true);
    expect(isForTheApi({ isStartFound: true, undecidedCount: 5 }, 6)).toBe(false);
    expect(isForTheApi({ isStartFound: false, undecidedCount: 6 }, 6)).toBe(false);
  });
});

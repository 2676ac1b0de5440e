import { describe, expect, it } from "vitest";
import type { Commit } from "../../../src/domain/commit.js";
import { isTrackerError, TrackerError } from "../../../src/domain/errors.js";
import type {
  CallOptions,
  CommitsTold,
  CommitsWanted,
  GitHub,
} from "../../../src/github/github.js";
import { createAskCommits } from "../../../src/worker/ask-commits.js";

interface Asked {
  readonly wanted: readonly CommitsWanted[];
  readonly options: CallOptions;
  answer(told?: readonly CommitsTold[]): void;
  fail(error: unknown): void;
}

/** A GitHub that answers when the test says so. */
function slowGitHub() {
  const asked: Asked[] = [];
  const commits = (wanted: readonly CommitsWanted[], options: CallOptions) =>
    new Promise<CommitsTold[]>((resolve, reject) => {
      const all = wanted.map(({ oids }) => ({
        commits: oids.map((oid) => ({ oid }) as Commit),
        odd: [],
      }));
      asked.push({ wanted, options, answer: (told = all) => resolve([...told]), fail: reject });
    });
  const ask = createAskCommits({ gitHub: { commits } as unknown as GitHub });
  const next = async (count: number) => {
    while (asked.length < count) await new Promise((resolve) => setImmediate(resolve));
    const found = asked[count - 1];
    if (found === undefined) throw new Error("nothing was asked");
    return found;
  };
  return { ask, asked, next };
}

const oids = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const { signal } = new AbortController();
const options = { signal, purpose: "backfill" } as const;
const countOf = ({ wanted }: Asked) => wanted.reduce((sum, one) => sum + one.oids.length, 0);

describe("asking for commits", () => {
  it("goes on at once, and whoever asks meanwhile goes along with the next request", async () => {
    const { ask, asked, next } = slowGitHub();
    const first = ask("R_1", ["a"], options);
    const others = [ask("R_2", ["b", "c"], options), ask("R_3", ["d"], options)];
    (await next(1)).answer();
    expect([...(await first)]).toEqual([["a", { oid: "a" }]]);
    const second = await next(2);
    expect(second.wanted).toEqual([
      { nodeId: "R_2", oids: ["b", "c"] },
      { nodeId: "R_3", oids: ["d"] },
    ]);
    second.answer();
    const told = await Promise.all(others);
    expect(told.map((each) => [...each.keys()])).toEqual([["b", "c"], ["d"]]);
    expect(asked).toHaveLength(2);
  });

  it("does not wait with a hundred, and asks for no more at once", async () => {
    const { ask, asked, next } = slowGitHub();
    const told = ask("R_1", oids("a", 250), options);
    await next(2);
    expect(asked.map(countOf)).toEqual([100, 100]);
    for (const one of asked) one.answer();
    (await next(3)).answer();
    expect((await told).size).toBe(250);
  });

  it("asks for less where that is too much, and names a single one that is", async () => {
    const { ask, asked, next } = slowGitHub();
    const tooMuch = new TrackerError("GITHUB_TIMEOUT", "too slow");
    const told = ask("R_1", ["bad", "good"], options);
    (await next(1)).fail(tooMuch);
    (await next(2)).fail(tooMuch);
    (await next(3)).answer();
    expect(asked.map(countOf)).toEqual([2, 1, 1]);
    const found = await told;
    expect(isTrackerError(found.get("bad"), "GITHUB_TIMEOUT")).toBe(true);
    expect(found.get("good")).toEqual({ oid: "good" });
  });

  it("fails for all whose request failed, and for nobody else", async () => {
    const { ask, next } = slowGitHub();
    const lost = ask("R_1", ["a"], options);
    const later = ask("R_2", ["b"], options);
    const limited = new TrackerError("GITHUB_RATE_LIMITED", "wait");
    (await next(1)).fail(limited);
    await expect(lost).rejects.toBe(limited);
    (await next(2)).answer();
    expect([...(await later).keys()]).toEqual(["b"]);
  });

  it("spends live points as soon as one of a request's commits is live work", async () => {
    const { ask, asked, next } = slowGitHub();
    const first = ask("R_1", ["a"], options);
    const others = [ask("R_2", ["b"], options), ask("R_3", ["c"], { signal, purpose: "live" })];
    (await next(1)).answer();
    (await next(2)).answer();
    await Promise.all([first, ...others]);
    expect(asked.map(({ options: { purpose } }) => purpose)).toEqual(["backfill", "live"]);
  });

  it("tells what is odd to who asked for it", async () => {
    const { ask, next } = slowGitHub();
    const told = ask("R_1", ["a"], options);
    const error = new TrackerError("GITHUB_NOT_FOUND", "gone", { missingOid: "a" });
    (await next(1)).answer([{ commits: [], odd: [{ oid: "a", error }] }]);
    expect((await told).get("a")).toBe(error);
  });

  it("ends for who stops waiting, and for GitHub when nobody waits any more", async () => {
    const { ask, next } = slowGitHub();
    const [one, other] = [new AbortController(), new AbortController()];
    const busy = ask("R_0", ["x"], options);
    const first = ask("R_1", ["a"], { ...options, signal: one.signal });
    const second = ask("R_2", ["b"], { ...options, signal: other.signal });
    (await next(1)).answer();
    await busy;
    const request = await next(2);
    one.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    expect(request.options.signal.aborted).toBe(false);
    other.abort(new Error("enough too"));
    await expect(second).rejects.toThrow("enough too");
    expect(request.options.signal.aborted).toBe(true);
  });
});

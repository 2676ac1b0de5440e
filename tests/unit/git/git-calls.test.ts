import { expect, it } from "vitest";
import { GitCalls } from "../../../src/git/git-calls.js";
import { gitFailure } from "../../../src/git/git-failure.js";
import { GIT_LIMITS } from "../../../src/git/git-limits.js";

it("git is left alone for the longest that GitHub said, in whatever order it said so", async () => {
  const options = { gitUrl: "http://127.0.0.1:9", tokens: ["t"], userAgent: "test" };
  const calls = new GitCalls({ ...options, limits: GIT_LIMITS, now: () => 0 });
  const { signal } = new AbortController();
  const run = (work: () => Promise<never>) =>
    calls.run({ owner: "o", name: "n" }, { signal }, work);
  const [long, short] = [new Date(3_600_000), new Date(1_000)];
  const limited = (retryAt: Date) => async () => {
    throw gitFailure("rate-limited", "wait", { retryAt });
  };
  await Promise.allSettled([run(limited(long)), run(limited(short))]);
  await expect(run(limited(short))).rejects.toMatchObject({ details: { retryAt: long } });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { classifyAnswer, classifyFailure, itemError } from "../../src/github/github-errors.js";
import { errorsOf, limitsOf } from "../../src/github/raw-answer.js";
import { GITHUB_ANSWERS } from "../fixtures/github-answers.js";

const NOW = Date.UTC(2026, 10, 23, 12);
const rateLimited = (headers: Record<string, string>, status = 403) =>
  classifyAnswer(
    {
      status,
      headers,
      body: { message: "You have exceeded a secondary rate limit. Please wait." },
    },
    NOW,
  )?.details.retryAt?.getTime();

describe("GitHub's answers", () => {
  it.each(GITHUB_ANSWERS.filter(({ scope }) => scope === "answer"))(
    "$name becomes $code",
    (answer) => {
      const error = classifyAnswer(answer, NOW);
      expect(error?.code).toBe(answer.code);
      expect(error?.message).toMatch(/\S/);
    },
  );

  it.each(GITHUB_ANSWERS.filter(({ scope }) => scope === "item"))(
    "$name becomes $code of one item, and the rest of the answer is used",
    (answer) => {
      if (answer.body !== null && (answer.body as { data?: unknown }).data !== null) {
        expect(classifyAnswer(answer, NOW)).toBeNull();
      }
      const [first] = errorsOf(answer.body);
      if (first === undefined) throw new Error("the fixture has no error");
      expect(itemError(first, answer).code).toBe(answer.code);
    },
  );

  it("keep GitHub's own words on why access is refused", () => {
    const saml = GITHUB_ANSWERS.find(({ name }) => name === "saml forbidden");
    const [error] = errorsOf(saml?.body);
    expect(error && itemError(error, { headers: {} }).message).toMatch(/SAML enforcement/);
  });

  it("say until when to wait: retry-after in seconds, as a date, and a minute without it", () => {
    expect(rateLimited({ "retry-after": "60" })).toBe(NOW + 60_000);
    expect(rateLimited({ "retry-after": "0" })).toBe(NOW + 1_000);
    // A second for the clocks where GitHub does not tell its own.
    expect(rateLimited({ "retry-after": new Date(NOW + 90_000).toUTCString() })).toBe(NOW + 91_000);
    expect(rateLimited({})).toBe(NOW + 60_000);
    expect(rateLimited({ "retry-after": "soon" })).toBe(NOW + 60_000);
  });

  it("are taken at their word up to a day, and ask for a minute where a header makes no sense", () => {
    expect(rateLimited({ "retry-after": "86400" })).toBe(NOW + 86_400_000);
    for (const after of [
      "86401",
      "9".repeat(30),
      "Fri, 31 Dec 9999 23:59:59 GMT",
      "Sat, 01 Jan 2000 00:00:00 GMT",
    ]) {
      expect(rateLimited({ "retry-after": after })).toBe(NOW + 60_000);
    }
    const inSeconds = (seconds: number) => String(NOW / 1_000 + seconds);
    for (const reset of ["9".repeat(30), "-1", "", "NaN", "12", inSeconds(-4), inSeconds(3_700)]) {
      const spent = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
      expect(rateLimited(spent)).toBe(NOW + 60_000);
      const limits = limitsOf({ status: 200, headers: spent, body: {} }, NOW);
      expect(limits.resetAt).toBeUndefined();
    }
    const passing = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inSeconds(0) };
    expect(rateLimited(passing)).toBe(NOW + 1_000);
  });

  it("double the wait, as told by nobody, where a reset makes no sense", () => {
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "12" };
    const body = { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded" }] };
    expect(classifyAnswer({ status: 200, headers, body }, NOW)?.details).toMatchObject({
      ...{ limit: "primary", isRetryAtTold: false },
    });
  });

  it.each([
    ["behind", -180_000],
    ["ahead", 180_000],
    ["hours behind", -7_200_000],
  ])("tell times by GitHub's clock, though ours is %s", (_what, oursAheadMs) => {
    const date = new Date(NOW).toUTCString();
    const oursMs = NOW + oursAheadMs;
    const told = (headers: Record<string, string>) => {
      const body = { message: "You have exceeded a secondary rate limit." };
      const error = classifyAnswer({ status: 403, headers: { date, ...headers }, body }, oursMs);
      return (error?.details.retryAt?.getTime() ?? 0) - oursMs;
    };
    const spent = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW / 1_000 + 600) };
    expect(told(spent)).toBe(600_000);
    expect(told({ "retry-after": new Date(NOW + 90_000).toUTCString() })).toBe(90_000);
    expect(told({ "retry-after": "60" })).toBe(60_000);
    const body = { data: { rateLimit: { remaining: 7, resetAt: new Date(NOW + 600_000) } } };
    for (const answer of [
      { status: 200, headers: { date, ...spent }, body: {} },
      { status: 200, headers: { date }, body },
    ]) {
      expect(limitsOf(answer, oursMs).resetAt).toEqual(new Date(oursMs + 600_000));
    }
  });

  it("of the secondary limit wait for the reset only when the points are used up as well", () => {
    const reset = String(NOW / 1_000 + 600);
    const limits = (remaining: string) => ({
      "x-ratelimit-remaining": remaining,
      "x-ratelimit-reset": reset,
    });
    expect(rateLimited(limits("0"))).toBe(NOW + 601_000);
    expect(rateLimited(limits("4000"))).toBe(NOW + 60_000);
  });

  it("that name a time to wait are rate limits, in whatever words", () => {
    const headers = { "retry-after": "30" };
    expect(classifyAnswer({ status: 403, headers, body: "" }, NOW)).toMatchObject({
      code: "GITHUB_RATE_LIMITED",
      details: { limit: "secondary", retryAt: new Date(NOW + 30_000) },
    });
  });

  it("of a kind that nobody has seen yet are tried again, not taken for a fault of ours", () => {
    const unknown = { type: "MOON_PHASE", message: "Not tonight." };
    expect(itemError(unknown, { headers: {} })).toMatchObject({
      code: "GITHUB_BAD_GATEWAY",
      message: "Not tonight.",
    });
  });

  it("that no API would send are judged too", () => {
    for (const error of [
      { message: [{ toString: 0 }] },
      { type: "constructor", message: "m" },
      { type: "__proto__", message: null },
    ]) {
      const answer = { status: 200, headers: {}, body: { errors: [error] } };
      expect(classifyAnswer(answer, NOW)).toMatchObject({
        code: "GITHUB_BAD_GATEWAY",
        message: expect.stringMatching(/\S/),
      });
    }
  });

  it("never show a page of HTML to a person", () => {
    const body = "<html><body>Blocked by the proxy</body></html>";
    const messages = [403, 404, 502].map(
      (status) => classifyAnswer({ status, headers: {}, body }, NOW)?.message,
    );
    expect(messages.join()).not.toContain("<");
  });

  it("of any shape and with any headers are judged, never thrown over", () => {
    const header = fc.constantFrom(
      "retry-after",
      "x-ratelimit-reset",
      "x-ratelimit-remaining",
      "x-github-request-id",
    );
    const error = fc.record(
      { message: fc.anything(), type: fc.anything(), path: fc.anything(), code: fc.anything() },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      fc.anything(),
      fc.record(
        { data: fc.anything(), errors: fc.array(fc.oneof(error, fc.anything())) },
        { requiredKeys: [] },
      ),
    );
    const answer = fc.record({
      status: fc.integer({ min: 200, max: 599 }),
      headers: fc.dictionary(header, fc.string()),
      body,
    });
    fc.assert(
      fc.property(answer, (any) => {
        const judged = classifyAnswer(any, NOW);
        expect(judged?.code ?? "GITHUB_").toMatch(/^GITHUB_/);
        expect(judged?.message.isWellFormed() ?? true).toBe(true);
        expect(Number.isNaN(judged?.details.retryAt?.getTime() ?? 0)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it("take the reset of the primary limit from the headers, even while points seem to be left", () => {
    const headers = {
      "x-ratelimit-remaining": "4",
      "x-ratelimit-reset": String(NOW / 1_000 + 600),
    };
    const body = {
      errors: [{ type: "RATE_LIMIT", message: "API rate limit already exceeded for user ID 1." }],
    };
    const error = classifyAnswer({ status: 200, headers, body }, NOW);
    expect(error?.details).toMatchObject({ limit: "primary" });
    expect(error?.details.retryAt?.getTime()).toBe(NOW + 601_000);
  });

  it("carry GitHub's request id", () => {
    const headers = { "x-github-request-id": "ABCD:1234" };
    expect(classifyAnswer({ status: 502, headers, body: "" }, NOW)?.details.requestId).toBe(
      "ABCD:1234",
    );
  });

  it("that never came are timeouts or an unreachable GitHub, with the reason", () => {
    expect(classifyFailure(new DOMException("late", "TimeoutError")).code).toBe("GITHUB_TIMEOUT");
    const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const failure = classifyFailure(new TypeError("fetch failed", { cause }));
    expect(failure).toMatchObject({ code: "GITHUB_UNREACHABLE" });
    expect(failure.message).toContain("ECONNREFUSED");
    expect(failure.cause).toBeInstanceOf(TypeError);
  });
});

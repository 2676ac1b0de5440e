import { describe, expect, it } from "vitest";
import {
  classifyAnswer,
  classifyFailure,
  errorsOf,
  itemError,
} from "../../src/github/github-errors.js";
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
    expect(rateLimited({ "retry-after": "0" })).toBe(NOW);
    expect(rateLimited({ "retry-after": new Date(NOW + 90_000).toUTCString() })).toBe(NOW + 90_000);
    expect(rateLimited({})).toBe(NOW + 60_000);
    expect(rateLimited({ "retry-after": "soon" })).toBe(NOW + 60_000);
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

import { describe, expect, it } from "vitest";
import { distinct, withNews } from "../../../src/web/client/page-state.js";

const page = (ids: string, endCursor: string | null = null) => ({
  nodes: [...ids].map((id) => ({ id })),
  pageInfo: { hasNextPage: endCursor !== null, endCursor },
});
const idsOf = (nodes: readonly { id: string }[] | undefined) => nodes?.map(({ id }) => id).join("");

describe("a list by pages", () => {
  it("puts what is new above what it was, and goes on from where it was", () => {
    const joined = withNews(page("yzab", "b"), page("abcd", "d"));
    expect(idsOf(joined?.nodes)).toBe("yzabcd");
    expect(joined?.pageInfo).toEqual({ hasNextPage: true, endCursor: "d" });
  });

  it("takes what is now where nothing is new", () => {
    expect(idsOf(withNews(page("ab", "b"), page("ab", "b"))?.nodes)).toBe("ab");
  });

  it("does not join what may have a hole between", () => {
    expect(withNews(page("wxyz", "z"), page("abcd", "d"))).toBeNull();
  });

  it("shows what two pages have in common once, and what has not come yet not at all", () => {
    const state = (ids: string) => ({ connection: page(ids), error: undefined });
    expect(idsOf(distinct([state("abc"), undefined, state("cde")]))).toBe("abcde");
  });
});

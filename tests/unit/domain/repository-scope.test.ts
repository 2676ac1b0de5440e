import { describe, expect, it } from "vitest";
import {
  isOwnerVisible,
  isVisible,
  parsePatterns,
  scopeOf,
} from "../../../src/domain/repository-scope.js";

describe("patterns of repositories", () => {
  it("are kept in lower case, each once, sorted", () => {
    expect(parsePatterns(["Octo/One", " acme/* ", "octo/one"])).toEqual(["acme/*", "octo/one"]);
  });

  it("mean every repository where a star stands for both", () => {
    expect(parsePatterns(["acme/*", "*/*"])).toEqual(["*/*"]);
    expect(scopeOf(["*/*"])).toBeNull();
  });

  it.each([
    ...["", "acme", "acme/", "/one", "*", "*/one", "acme/a*", "acme/one/two", "a b/c", "acme/.."],
    ...["acme/**", "https://github.com/acme/one"],
  ])("are nothing but owner/* and owner/name: %j", (pattern) => {
    expect(() => parsePatterns([pattern])).toThrow("`owner/*`");
  });

  it("are a hundred at most, and one at least", () => {
    const some = (count: number) => Array.from({ length: count }, (_, index) => `acme/r${index}`);
    expect(parsePatterns(some(100))).toHaveLength(100);
    expect(() => parsePatterns(some(101))).toThrow("1 to 100");
    expect(() => parsePatterns([])).toThrow("1 to 100");
  });
});

describe("a scope", () => {
  const scope = scopeOf(["acme/*", "octo/one"]);
  const sees = (owner: string, name: string) => scope !== null && isVisible(scope, { owner, name });

  it("shows all of an owner and single names, in any letter case", () => {
    expect(sees("ACME", "Any")).toBe(true);
    expect(sees("Octo", "ONE")).toBe(true);
    expect(sees("octo", "one-more")).toBe(false);
    expect(sees("acme-labs", "any")).toBe(false);
  });

  it("has an owner whose every repository is in it", () => {
    expect(scope && isOwnerVisible(scope, "Acme")).toBe(true);
    expect(scope && isOwnerVisible(scope, "octo")).toBe(false);
  });

  it("of nothing shows nothing", () => {
    const nothing = scopeOf([]);
    expect(nothing && isVisible(nothing, { owner: "acme", name: "one" })).toBe(false);
  });
});

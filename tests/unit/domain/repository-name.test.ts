import { describe, expect, it } from "vitest";
import { isTrackerError } from "../../../src/domain/errors.js";
import { nameKey, parseRepositoryUrl } from "../../../src/domain/repository-name.js";

describe("a repository's address", () => {
  it.each([
    "https://github.com/Octo-Org/hello.world",
    "https://github.com/Octo-Org/hello.world.git",
    "https://github.com/Octo-Org/hello.world/",
    "http://github.com/Octo-Org/hello.world",
    "https://www.github.com/Octo-Org/hello.world",
    "https://GitHub.com/Octo-Org/hello.world",
    "git@github.com:Octo-Org/hello.world.git",
    "ssh://git@github.com/Octo-Org/hello.world.git",
    "github.com/Octo-Org/hello.world",
    "Octo-Org/hello.world",
    "  Octo-Org/hello.world\n",
  ])("is accepted as %s", (url) => {
    expect(parseRepositoryUrl(url)).toEqual({ owner: "Octo-Org", name: "hello.world" });
  });

  it.each([
    "",
    "   ",
    "hello",
    "../etc",
    "octo/..",
    "octo/.",
    "octo/.git",
    "https://github.com/octo/../../etc/passwd",
    "https://github.com/octo",
    "https://github.com/octo/hello/tree/main",
    "https://gitlab.com/octo/hello",
    "https://github.com.evil.example/octo/hello",
    "https://user:secret@github.com/octo/hello",
    "git@gitlab.com:octo/hello.git",
    "ftp://github.com/octo/hello",
    "javascript:alert(1)",
    "octo/hel lo",
    "octo/hello?tab=readme",
    "-octo/hello",
    "octo-/hello",
    "octo/hello\u0000",
    "öcto/hello",
    "x".repeat(10_000),
    `octo/${"x".repeat(10_000)}`,
  ])("is refused naming the field: %.60s", (url) => {
    let caught: unknown;
    try {
      parseRepositoryUrl(url);
    } catch (error) {
      caught = error;
    }
    if (!isTrackerError(caught, "BAD_USER_INPUT")) throw new Error(`accepted ${url.slice(0, 60)}`);
    expect(caught.details.field).toBe("url");
    expect(caught.message.length).toBeLessThan(300);
    expect(caught.message).not.toContain("secret");
  });

  it("may be on another host where that is the one tracked", () => {
    const host = "git.example.org";
    expect(parseRepositoryUrl("https://git.example.org/o/n", host)).toEqual({
      owner: "o",
      name: "n",
    });
    expect(() => parseRepositoryUrl("https://github.com/o/n", host)).toThrow(/git\.example\.org/);
  });

  it("is found in any letter case", () => {
    expect(nameKey({ owner: "Octo", name: "Hello" })).toBe(
      nameKey({ owner: "oCTO", name: "hELLO" }),
    );
  });
});

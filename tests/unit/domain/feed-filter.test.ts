import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { authorKey, authorKeysOf } from "../../../src/domain/author-key.js";
import { EVERYTHING, narrow } from "../../../src/domain/feed-filter.js";
import { scopeOf } from "../../../src/domain/repository-scope.js";
import { aCommit, anEvent, aRepository } from "../../support/builders.js";

const ada = { name: "Ada Lovelace", email: "Ada@Example.org", login: "ADA", avatarUrl: null };
const bob = { name: "Bob", email: "bob@example.org", login: null, avatarUrl: null };
const hers = aCommit({ oid: "a".repeat(40), author: ada });
const his = aCommit({ oid: "b".repeat(40), author: bob });

describe("narrowing an event", () => {
  it("gives the very event where nothing is left out", () => {
    const event = anEvent({ kind: "LIVE", repository: aRepository({ id: 7 }), commits: [hers] });
    expect(narrow(event, EVERYTHING)).toBe(event);
    const filter = {
      ...{ repositoryIds: new Set([7]), kinds: new Set(["LIVE"] as const), author: null },
      scope: scopeOf(["octo/*"]),
    };
    expect(narrow(event, filter)).toBe(event);
  });

  it("gives nothing of what is not in a scope, by the name that the event came with", () => {
    const event = anEvent({ repository: aRepository({ owner: "Octo", name: "One" }) });
    const seen = (pattern: string) => narrow(event, { ...EVERYTHING, scope: scopeOf([pattern]) });
    expect(seen("octo/*")).toBe(event);
    expect(seen("octo/one")).toBe(event);
    expect(seen("octo/two")).toBeNull();
    expect(seen("oct/*")).toBeNull();
  });

  it("gives nothing of another repository, or of another kind", () => {
    const event = anEvent({ kind: "LIVE", repository: aRepository({ id: 7 }) });
    expect(narrow(event, { ...EVERYTHING, repositoryIds: new Set([8]) })).toBeNull();
    expect(narrow(event, { ...EVERYTHING, kinds: new Set(["BACKFILL"]) })).toBeNull();
  });

  it.each(["ada lovelace", "ADA@example.ORG", "ada"])("finds an author as %s", (text) => {
    const event = anEvent({ commits: [his, hers, his] });
    expect(narrow(event, { ...EVERYTHING, author: authorKey(text) })?.commits).toEqual([hers]);
  });

  it("gives of what was orphaned and restored only what was the author's", () => {
    const own = { orphanedOids: [hers.oid], restoredOids: ["c".repeat(40)] };
    const event = anEvent({
      orphanedOids: [hers.oid, his.oid],
      restoredOids: ["c".repeat(40)],
      oidsByAuthor: new Map([
        ["ada", own],
        ["bob", { orphanedOids: [his.oid], restoredOids: [] }],
      ]),
    });
    expect(narrow(event, { ...EVERYTHING, author: "ada" })).toMatchObject({ ...own, commits: [] });
    expect(narrow(event, { ...EVERYTHING, author: "eve" })).toBeNull();
  });

  it("leaves the others' oids out of an event that stores commits of the author's", () => {
    const event = anEvent({ commits: [hers], orphanedOids: [his.oid] });
    expect(narrow(event, { ...EVERYTHING, author: "ada" })).toMatchObject({
      commits: [hers],
      orphanedOids: [],
    });
  });
});

describe("an author's keys", () => {
  it("are none for what is empty, and one for what is the same in another letter case", () => {
    expect(authorKeysOf({ name: "", email: "", login: null })).toEqual([]);
    expect(authorKeysOf({ name: "Ada", email: "", login: "ADA" })).toEqual(["ada"]);
  });

  it.each([
    ["e\u0301", "\u00e9"], // composed and decomposed
    ["\u0130stanbul", "i\u0307stanbul"],
    ["\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c2"], // a final sigma
    ["\u212aelvin", "kelvin"],
    ["\u1e9e", "\u00df"],
    ["\u13a0", "\uab70"], // Cherokee
    [" Ada\t", "ada"],
  ])("of %j and of %j are the same", (one, other) => {
    expect(authorKey(one)).toBe(authorKey(other));
  });

  it("are keys of themselves", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(authorKey(authorKey(text))).toBe(authorKey(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it("fit an index whatever people call themselves, and never hold half a character", () => {
    const key = authorKey(`${"x".repeat(199)}🚀`);
    expect(key).toBe(`${"x".repeat(199)}\uFFFD`);
    expect(authorKey("É\0")).toBe("é\uFFFD");
    expect(authorKey("x".repeat(10_000))).toHaveLength(200);
  });
});

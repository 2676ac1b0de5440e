import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { soughtWordsOf, wordsOf } from "../../../src/domain/words.js";

function isFound(text: string, message: string): boolean {
  const words = new Set(wordsOf(message));
  const sought = soughtWordsOf(text);
  return sought.length > 0 && sought.every((word) => words.has(word));
}

describe("words", () => {
  it.each([
    ["登录", "修复用户登录失败的问题"],
    ["登", "修复用户登录失败的问题"],
    ["オーバーフロー", "整数オーバーフローを修正"],
    ["修正", "バグを修正する"],
    ["12306", "修复12306购票登录"],
    ["api", "修复API登录"],
    ["v2", "升级到v2版本"],
    ["ภาษา", "แก้ไขภาษาไทย"],
    ["ພາສາ", "ແກ້ພາສາລາວ"],
    ["ភាសា", "កែភាសាខ្មែរ"],
    ["ဘာသာ", "မြန်မာဘာသာစကား"],
    ["ハンカク", "ﾊﾝｶｸをやめる"],
    ["ガ", "ｶﾞ"],
    ["abc123", "ＡＢＣ１２３"],
    ["caf\u00e9", "un cafe\u0301 noir"],
    ["\u03bf\u03b4\u03bf\u03c3", "\u039f\u0394\u039f\u03a3"],
    ["\u039f\u0394\u039f\u03a3", "\u039f\u0394\u039f\u03a3'\u0391"],
    ["저장소를", "저장소를 추가"],
    ["hello", "Hello, world"],
  ])("%s is found in %s", (text, message) => {
    expect(isFound(text, message)).toBe(true);
  });

  it.each([
    ["录登", "登录"],
    ["登出", "登录"],
    ["2306", "修复12306购票"],
    ["ell", "hello"],
    ["カ", "ガ"],
  ])("%s is not found in %s", (text, message) => {
    expect(isFound(text, message)).toBe(false);
  });

  const character = fc.oneof(
    fc.constantFrom(..."登录失败オーバーフローひらがなภาษาไทยភាសាမြန်မာ"),
    fc.constantFrom("a", "B", "7", "é", "e\u0301", " ", "-", "\n", "ﾊ", "ﾞ", "Ａ"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  );

  it("of any run without spaces are found in whatever it stands in", () => {
    const run = fc
      .array(fc.constantFrom(..."登录失败修复用户"), { minLength: 1, maxLength: 9 })
      .map((all) => all.join(""));
    const around = fc.array(character, { maxLength: 9 }).map((all) => all.join(""));
    fc.assert(
      fc.property(run, around, around, (text, before, after) => {
        expect(
          isFound(text, `${before} ${text}${after.normalize("NFKC").replace(/^\p{M}+/u, "")}`),
        ).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("sought are among those of the text itself, and those of pieces between spaces are its words", () => {
    const text = fc.array(character, { maxLength: 30 }).map((all) => all.join(""));
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(wordsOf(one)).toEqual(expect.arrayContaining(soughtWordsOf(one)));
        const both = new Set([...wordsOf(one), ...wordsOf(other)]);
        expect(new Set(wordsOf(`${one}\n${other}`))).toEqual(both);
      }),
      { numRuns: 500 },
    );
  });

  it("are so many at most, of the beginning of what is long, and none is a part of one", () => {
    const message = Array.from({ length: 10_000 }, (_, index) => `word${index}`).join(" ");
    expect(wordsOf(message)).toHaveLength(500);
    const repeated = `${"same ".repeat(3_999)} overlong`;
    expect(wordsOf(repeated)).toEqual(["same"]);
    expect(wordsOf("登".repeat(50_000))).toEqual(["登登", "登"]);
    const startedAt = performance.now();
    for (const long of ["x", "登", "\u0301", "ภ", "\ufdfa"]) wordsOf(long.repeat(65_536));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

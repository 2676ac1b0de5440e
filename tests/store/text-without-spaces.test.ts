import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listCommitPage } from "../../src/api/schema/commits/commit-page.js";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const MESSAGES = [
  "修复12306购票登录失败的问题",
  "整数オーバーフローを修正",
  "แก้ไขภาษาไทย",
  "fix login",
];

describe("text in scripts that are written without spaces", () => {
  let test: TestDatabase;
  let id: number;
  beforeAll(async () => {
    test = await createTestDatabase();
    id = await storeRepository(test.database, "octo", "text");
    const commits = line(1, MESSAGES.length);
    const said = commits.map((commit, index) => ({ ...commit, message: MESSAGES[index] ?? "" }));
    await storeEvent(test.database, id, said);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  it.each([
    ["登录", [0]],
    ["登", [0]],
    ["12306", [0]],
    ["登录 失败", [0]],
    ["オーバーフロー", [1]],
    ["ｵｰﾊﾞｰﾌﾛｰ", [1]],
    ["修", [0, 1]],
    ["ภาษา", [2]],
    ["LOGIN", [3]],
    ["录登", []],
    ["2306", []],
  ])("%s is found where it stands", async (text, places) => {
    for (const repositoryId of [id, null]) {
      const page = await listCommitPage(test.database, repositoryId, { filter: { text } }, "WHOLE");
      expect(page.nodes.map(({ message }) => MESSAGES.indexOf(message))).toEqual(places);
    }
  });

  it.each(["", "…", "修复用户登录失败的问题并升级到新版本以后再测试一次"])(
    "%j has no words to look for, or too many",
    async (text) => {
      await expect(
        listCommitPage(test.database, id, { filter: { text } }, "WHOLE"),
      ).rejects.toMatchObject({ code: "BAD_USER_INPUT", details: { field: "text" } });
    },
  );
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  finishVerification,
  postponeVerification,
  readVerification,
  requestVerification,
  restartVerification,
  saveVerification,
} from "../../src/store/work/verification-store.js";
import { storeRepository } from "../api/rows.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

describe("a verification whose place another has taken", () => {
  let test: TestDatabase;
  let id: number;
  beforeAll(async () => {
    test = await createTestDatabase();
    id = await storeRepository(test.database, "octo", "asked");
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  it("neither finishes, puts off nor overwrites the other", async () => {
    const { primary } = test.database;
    await requestVerification(primary, id, { isDeep: false });
    const shallow = await readVerification(primary, id);
    if (shallow === null) throw new Error("not asked for");
    await requestVerification(primary, id, { isDeep: true });
    const before = await primary.verification.findUniqueOrThrow({ where: { repositoryId: id } });

    const found = { ...shallow, headOid: "a".repeat(40), storedCount: 1, listedCount: 7 };
    await saveVerification(primary, found, { leaseMs: 60_000 });
    await postponeVerification(primary, shallow, { delayMs: 60_000 });
    await restartVerification(primary, shallow);
    await finishVerification(primary, shallow, { error: null });

    const after = await primary.verification.findUniqueOrThrow({ where: { repositoryId: id } });
    expect(after).toEqual(before);
    expect(after).toMatchObject({ isDeep: true, finishedAt: null, headOid: null });
    const deep = await readVerification(primary, id);
    await finishVerification(primary, deep ?? shallow, { error: null });
    expect(await readVerification(primary, id)).toBeNull();
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  finishVerification,
  postponeVerification,
  readVerification,
  requestVerification,
  restartVerification,
  saveVerification,
} from "../../src/store/work/verification-store.js";
import { claimWork, takeWork } from "../../src/store/work/work-store.js";
import { storeRepository } from "../api/rows.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { readWork } from "../support/work.js";

describe("a verification whose place another has taken", () => {
  let test: TestDatabase;
  let id: number;
  beforeAll(async () => {
    test = await createTestDatabase();
    id = await storeRepository(test.database, "octo", "asked");
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  const take = () => takeWork(test.database.primary, "verify", id, { isRedelivered: false });

  it("neither finishes, puts off nor overwrites the other, nor keeps it from being taken in hand", async () => {
    const { primary, transaction } = test.database;
    await transaction((tx) => requestVerification(tx, id, { isDeep: false }));
    const shallow = await readVerification(primary, id);
    if (shallow === null) throw new Error("not asked for");
    expect(await take()).toBe(true);
    await transaction((tx) => requestVerification(tx, id, { isDeep: true }));
    const read = async () => ({
      row: await primary.verification.findUniqueOrThrow({ where: { repositoryId: id } }),
      work: await readWork(test.database, "verify", id),
    });
    const before = await read();

    const found = { ...shallow, headOid: "a".repeat(40), storedCount: 1, listedCount: 7 };
    await transaction((tx) => saveVerification(tx, found));
    await transaction((tx) => postponeVerification(tx, shallow, { delayMs: 60_000 }));
    await restartVerification(primary, shallow);
    await transaction((tx) => finishVerification(tx, shallow, { error: null }));

    const after = await read();
    expect(after).toEqual(before);
    expect(after.row).toMatchObject({ isDeep: true, finishedAt: null, headOid: null });
    expect(after.work).toMatchObject({ isHeld: false });
    expect((await claimWork(primary, "verify", { limit: 1 })).map((one) => one.id)).toEqual([id]);
    expect(await take()).toBe(true);
    const deep = await readVerification(primary, id);
    await transaction((tx) => finishVerification(tx, deep ?? shallow, { error: null }));
    expect(await readVerification(primary, id)).toBeNull();
    expect((await readWork(test.database, "verify", id))?.dueAt).toBeNull();
  });
});

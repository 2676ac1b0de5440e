import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  endTransfer,
  pauseTransfers,
  renewTransfer,
  type Transfer,
  takeTransfer,
} from "../../src/store/work/transfer-store.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const PLACES = { placesMax: 2 };
const NOTHING = { receivedBytes: 0, commitCount: null, doneCount: 0 };

describe("the places for transfers, which all processes share,", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  beforeEach(async () => {
    await test.database.primary.historyTransfer.deleteMany();
    await test.database.primary.transferTurn.updateMany({ data: { pausedUntil: null } });
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const take = (id: number, places = PLACES) =>
    test.database.transaction((tx) => takeTransfer(tx, id, places));
  const taken = async (id: number) => (await take(id)) as Transfer;
  const row = (repositoryId: number) =>
    test.database.primary.historyTransfer.findUnique({ where: { repositoryId } });
  const setRow = (repositoryId: number, data: object) =>
    test.database.primary.historyTransfer.update({ where: { repositoryId }, data });
  const past = () => new Date(Date.now() - 1_000);

  it("are never more than may be, however many ask at once", async () => {
    const asked = await Promise.all(
      Array.from({ length: 12 }, (_, id) => take(id, { placesMax: 3 })),
    );
    expect(asked.filter((one) => one === "busy")).toHaveLength(9);
    expect(asked.filter((one) => typeof one !== "string")).toHaveLength(3);
  });

  it("are free again when one is over, or its process is silent for too long", async () => {
    const first = await taken(1);
    await taken(2);
    expect(await take(3)).toBe("busy");
    await endTransfer(test.database.primary, first, { awayMs: null });
    expect(await row(1)).toBeNull();
    await taken(3);
    expect(await take(4)).toBe("busy");
    await setRow(2, { heldUntil: past() });
    expect(await take(4)).toMatchObject({ repositoryId: 4 });
  });

  it("stay taken by signs of life, which tell how far it is", async () => {
    const transfer = await taken(1);
    await setRow(1, { heldUntil: past() });
    const progress = { receivedBytes: 5_000_000_000, commitCount: 80, doneCount: 20 };
    expect(await renewTransfer(test.database.primary, transfer, progress)).toBe(true);
    const found = await row(1);
    expect(found).toMatchObject({ ...progress, receivedBytes: 5_000_000_000n });
    expect(found?.heldUntil?.getTime()).toBeGreaterThan(Date.now() + 30_000);
  });

  it("go over to who has the repository in hand now, and who had it notices", async () => {
    const old = await taken(1);
    await taken(2);
    const next = await taken(1);
    expect(next.turn).toBe(old.turn + 1);
    expect(await renewTransfer(test.database.primary, old, NOTHING)).toBe(false);
    await endTransfer(test.database.primary, old, { awayMs: 60_000 });
    expect(await row(1)).toMatchObject({ turn: next.turn, awayUntil: null });
    expect(await renewTransfer(test.database.primary, next, NOTHING)).toBe(true);
  });

  it("are none's of a repository that has failed, for as long as it is left alone", async () => {
    await endTransfer(test.database.primary, await taken(1), { awayMs: 60_000 });
    expect(await take(1)).toBe("away");
    expect(await take(2)).toMatchObject({ repositoryId: 2 });
    await setRow(1, { awayUntil: past() });
    expect(await take(1)).toMatchObject({ repositoryId: 1 });
    expect(await row(1)).toMatchObject({ awayUntil: null, commitCount: null, receivedBytes: 0n });
  });

  it("are nobody's while GitHub said to wait, and a pause is never shortened", async () => {
    await pauseTransfers(test.database.primary, { forMs: 60_000 });
    await pauseTransfers(test.database.primary, { forMs: 1 });
    expect(await take(1)).toBe("paused");
    await test.database.primary.transferTurn.updateMany({ data: { pausedUntil: past() } });
    expect(await take(1)).toMatchObject({ repositoryId: 1 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LEASES, REQUEST_LEASE_MS, WORK_KINDS } from "../../src/domain/work.js";
import type { Transaction } from "../../src/postgres/database.js";
import {
  advanceWork,
  cancelWork,
  claimWork,
  failWork,
  finishWork,
  hurryWork,
  isAnyDue,
  postponeWork,
  releaseAllWork,
  releaseWork,
  renewWork,
  requestWork,
  scheduleWork,
  takeWork,
} from "../../src/store/work/work-store.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { makeDue, readWork, setWork } from "../support/work.js";

const HOUR_MS = 3_600_000;
const RATE = { reason: "RATE", rate: 1e-3 } as const;
const failure = { reason: "no", context: { task: "pull" }, counts: true, attemptsMax: 7 };

/** How whatever has work in hand ends it, or shows that it lives. */
const ENDINGS: Record<string, (tx: Transaction, id: number) => Promise<unknown>> = {
  "is finished": (tx, id) => finishWork(tx, "pull", [{ id, next: { ...RATE, delayMs: HOUR_MS } }]),
  "is finished with nothing after it": (tx, id) => finishWork(tx, "pull", [{ id, next: null }]),
  "is postponed": (tx, id) => postponeWork(tx, "pull", [id], { delayMs: 0 }),
  fails: (tx, id) => failWork(tx, "pull", [{ id, retryInMs: 0 }], failure),
  "is given up": (tx, id) => failWork(tx, "pull", [{ id, retryInMs: null }], failure),
  "is released": (tx, id) => releaseWork(tx, "pull", [id]),
  "is renewed": (tx, id) => renewWork(tx, "pull", id),
  "is advanced": (tx, id) => advanceWork(tx, "pull", [id], { dueInMs: 0 }),
  "is lost with its process": (tx) => releaseAllWork(tx),
};

describe("work", () => {
  let test: TestDatabase;
  let primary: Transaction;
  let lastId = 0;
  beforeAll(async () => {
    test = await createTestDatabase({ connectionsMax: 20 });
    primary = test.database.primary;
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  const newId = () => {
    lastId += 1;
    return lastId;
  };
  const read = async (id: number) => {
    const row = await readWork(test.database, "pull", id);
    if (row === null) throw new Error("there is no such work");
    return row;
  };
  const request = (id: number, isPublished = false) =>
    requestWork(primary, "pull", id, { reason: "WALK", isPublished });
  const take = (id: number, isRedelivered = false) =>
    takeWork(primary, "pull", id, { isRedelivered });
  const claimed = async () =>
    (await claimWork(primary, "pull", { limit: 1_000 })).map(({ id }) => id);
  const inMs = (at: Date | null) => (at?.getTime() ?? Number.NaN) - Date.now();
  const expectIn = (at: Date | null, ms: number) => {
    expect(inMs(at)).toBeGreaterThan(ms - 10_000);
    expect(inMs(at)).toBeLessThan(ms + 1_000);
  };

  it("first checks come after those of others, and no more of them than there is room for", async () => {
    const check = async (reason: "ADDED" | "RATE") => {
      const id = newId();
      await makeDue(test.database, "check", id, { reason });
      return id;
    };
    const added = [await check("ADDED"), await check("ADDED"), await check("ADDED")];
    const known = [await check("RATE"), await check("RATE")];
    const claim = async (given: { limit: number; atLeast?: number; addedMax?: number }) =>
      (await claimWork(primary, "check", given)).map(({ id }) => id).sort((a, b) => a - b);
    expect(await claim({ limit: 100, atLeast: 5, addedMax: 2 })).toEqual([]);
    expect(await claim({ limit: 1, addedMax: 2 })).toEqual(known.slice(0, 1));
    expect(await claim({ limit: 100, addedMax: 2 })).toEqual([...added.slice(0, 2), known[1]]);
    expect(await claim({ limit: 100 })).toEqual(added.slice(2));
  });

  it("that is requested is due at once, and is so once for all who ask until it is done", async () => {
    const id = newId();
    const asked = await Promise.all(Array.from({ length: 10 }, () => request(id)));
    expect(asked.filter((isNew) => isNew)).toHaveLength(1);
    expect(await read(id)).toMatchObject({ reason: "WALK", claimedUntil: null, isHeld: false });
    expect(await claimed()).toContain(id);
    expect(await request(id)).toBe(false);
    expect(await take(id)).toBe(true);
    expect(await request(id)).toBe(false);
    await finishWork(primary, "pull", [{ id, next: null }]);
    expect(await request(id)).toBe(true);
  });

  it("whose task is published with the request is found by a scheduler when that must be lost", async () => {
    const id = newId();
    expect(await request(id, true)).toBe(true);
    expect(await claimed()).not.toContain(id);
    expectIn((await read(id)).claimedUntil, REQUEST_LEASE_MS);
    await setWork(test.database, "pull", id, { claimedUntil: new Date() });
    expect(await claimed()).toContain(id);
  });

  it.each(Object.keys(ENDINGS))(
    "that has been cancelled stays so when its old task %s",
    async (how) => {
      const id = newId();
      await request(id);
      await claimed();
      expect(await take(id)).toBe(true);
      await cancelWork(primary, ["pull"], id);
      const cancelled = await read(id);
      expect(cancelled).toMatchObject({ dueAt: null, claimedUntil: null, isHeld: false });
      await ENDINGS[how]?.(primary, id);
      expect(await read(id)).toEqual(cancelled);
      for (const isRedelivered of [false, true]) expect(await take(id, isRedelivered)).toBe(false);
      expect(await claimed()).not.toContain(id);
      expect(await request(id)).toBe(true);
    },
  );

  it("that is hurried is done once for all who ask meanwhile, and again for who asks after that", async () => {
    const id = newId();
    const hurry = () => hurryWork(primary, "pull", id, { isPublished: true });
    for (const before of [
      () => Promise.resolve(), // never done so far
      () => finishWork(primary, "pull", [{ id, next: { ...RATE, delayMs: HOUR_MS } }]),
      () => finishWork(primary, "pull", [{ id, next: null }]),
      () => setWork(test.database, "pull", id, { claimedUntil: new Date() }), // its task was lost
      async () => {
        // The task of somebody who asked for nothing in particular: its answer may be an older one.
        await finishWork(primary, "pull", [{ id, next: { ...RATE, delayMs: 0 } }]);
        expect(await claimed()).toContain(id);
        expect(await take(id)).toBe(true);
      },
    ]) {
      await before();
      const asked = await Promise.all(Array.from({ length: 10 }, hurry));
      expect(asked.filter((isMine) => isMine)).toHaveLength(1);
      const { dueAt, claimedUntil, reason, isHeld } = await read(id);
      expect([reason, isHeld]).toEqual(["REQUESTED", false]);
      expectIn(dueAt, 0);
      expectIn(claimedUntil, REQUEST_LEASE_MS);
      expect(await take(id)).toBe(true);
      expect(await hurry()).toBe(false);
    }
  });

  it("that is in hand is not taken by a second task, but by the same one delivered again", async () => {
    const id = newId();
    await request(id);
    await claimed();
    expect(await take(id)).toBe(true);
    expectIn((await read(id)).claimedUntil, LEASES.pull.heldMs);
    expect(await take(id)).toBe(false);
    expect(await take(id, true)).toBe(true);
    expect(await take(id)).toBe(false);
    await setWork(test.database, "pull", id, { claimedUntil: new Date(Date.now() - 1) });
    expect(await take(id)).toBe(true);
    expect(await take(newId())).toBe(false); // there is none
    await postponeWork(primary, "pull", [id], { delayMs: HOUR_MS });
    for (const isRedelivered of [false, true]) expect(await take(id, isRedelivered)).toBe(false);
  });

  it("that was requested in the same transaction may be taken in hand", async () => {
    for (let times = 0; times < 10; times += 1) {
      const id = newId();
      const taken = await test.database.transaction(async (tx) => {
        await requestWork(tx, "pull", id, { reason: "WALK", isPublished: false });
        return await takeWork(tx, "pull", id, { isRedelivered: false });
      });
      expect(taken).toBe(true);
    }
  });

  it("that is in hand is claimed when its lease ends, which each sign of life puts off", async () => {
    const id = newId();
    await request(id);
    expect(await take(id)).toBe(true);
    await setWork(test.database, "pull", id, { claimedUntil: new Date(Date.now() + 1_000) });
    await renewWork(primary, "pull", id);
    expectIn((await read(id)).claimedUntil, LEASES.pull.heldMs);
    expect(await claimed()).not.toContain(id);
    await setWork(test.database, "pull", id, { claimedUntil: new Date(Date.now() - 1) });
    expect(await claimed()).toContain(id);
    // The worker that was silent for too long goes on: who has it now is not disturbed.
    expect((await read(id)).isHeld).toBe(false);
    expect(await take(id)).toBe(true);
  });

  it("that is released may be claimed at once, if it was on its way, and is left as late as it is otherwise", async () => {
    const [mine, later] = [newId(), newId()];
    await request(mine);
    await claimed();
    expect(await take(mine)).toBe(true);
    await scheduleWork(primary, "pull", later, { ...RATE, delayMs: HOUR_MS });
    await releaseWork(primary, "pull", [later, mine]);
    expect(await claimed()).toContain(mine);
    expectIn((await read(later)).dueAt, HOUR_MS);
    await releaseAllWork(primary);
    const again = await claimed();
    expect(again).toContain(mine);
    expect(again).not.toContain(later);
  });

  it("that is finished is due when it is next, or not at all, and forgets its failures", async () => {
    const [next, never, kept] = [newId(), newId(), newId()];
    for (const id of [next, never, kept]) {
      await request(id);
      await setWork(test.database, "pull", id, { rate: 5 });
      await failWork(primary, "pull", [{ id, retryInMs: 0 }], failure);
      await take(id);
    }
    await finishWork(primary, "pull", [
      { id: never, next: null, reason: "WALK" },
      { id: next, next: { delayMs: HOUR_MS, reason: "WATCHED", rate: 3 } },
      { id: kept, next: { delayMs: HOUR_MS, reason: "RATE", rate: null } },
    ]);
    const done = { attempts: 0, failure: null, isHeld: false, claimedUntil: null };
    expect(await read(next)).toMatchObject({ ...done, reason: "WATCHED", rate: 3 });
    expect(await read(never)).toMatchObject({ ...done, reason: "WALK", rate: 5, dueAt: null });
    expect(await read(kept)).toMatchObject({ ...done, reason: "RATE", rate: 5 });
    for (const id of [next, kept]) expectIn((await read(id)).dueAt, HOUR_MS);
    for (const id of [next, never, kept]) expectIn((await read(id)).doneAt, 0);
  });

  it.each<{
    what: string;
    since: (id: number) => Promise<unknown>;
    dueInMs: number;
    reason: string;
  }>([
    {
      what: "somebody asks for",
      since: (id) => hurryWork(primary, "pull", id, { isPublished: true }),
      ...{ dueInMs: 0, reason: "REQUESTED" },
    },
    {
      what: "somebody asks for again",
      since: async (id) => {
        await setWork(test.database, "pull", id, { reason: "REQUESTED" });
        expect(await hurryWork(primary, "pull", id, { isPublished: true })).toBe(false);
      },
      ...{ dueInMs: 0, reason: "REQUESTED" },
    },
    {
      what: "is moved",
      since: (id) => advanceWork(primary, "pull", [id], { dueInMs: 60_000 }),
      ...{ dueInMs: 60_000, reason: "WALK" },
    },
  ])(
    "that $what while it is in hand stays due then when that ends, in nobody's hands",
    async ({ since, dueInMs, reason }) => {
      const id = newId();
      const next = { delayMs: HOUR_MS, reason: "RATE", rate: 3 } as const;
      await makeDue(test.database, "pull", id, { reason: "WALK", attempts: 2, failure: {} });
      const { dueAt } = await read(id);
      expect(await claimed()).toContain(id);
      expect(await take(id)).toBe(true);
      await since(id);
      const asked = await read(id);
      expectIn(asked.dueAt, dueInMs);
      await finishWork(primary, "pull", [{ id, next, dueAt }]);
      const left = await read(id);
      expect(left).toMatchObject({
        ...{ dueAt: asked.dueAt, reason, claimedUntil: null, isHeld: false },
        ...{ rate: 3, attempts: 0, failure: null },
      });
      expectIn(left.doneAt, 0);
      expect((await claimed()).includes(id)).toBe(dueInMs === 0);
      await finishWork(primary, "pull", [{ id, next, dueAt: left.dueAt }]);
      const done = await read(id);
      expect(done.reason).toBe("RATE");
      expectIn(done.dueAt, HOUR_MS);
    },
  );

  it("that is hurried and published by nobody is there for a scheduler at once", async () => {
    const [never, later, inHand] = [newId(), newId(), newId()];
    await scheduleWork(primary, "pull", later, { ...RATE, delayMs: HOUR_MS });
    await request(inHand);
    expect(await claimed()).toContain(inHand);
    expect(await take(inHand)).toBe(true);
    for (const id of [never, later, inHand]) {
      expect(await hurryWork(primary, "pull", id, { isPublished: false })).toBe(true);
      expect(await read(id)).toMatchObject({
        ...{ reason: "REQUESTED", claimedUntil: null, isHeld: false },
      });
      expectIn((await read(id)).dueAt, 0);
    }
    expect(await claimed()).toEqual(expect.arrayContaining([never, later, inHand]));
  });

  it("that is postponed keeps its reason and what is known of failures", async () => {
    const id = newId();
    await request(id);
    await failWork(primary, "pull", [{ id, retryInMs: 0 }], failure);
    const { doneAt, failure: known } = await read(id);
    await take(id);
    await postponeWork(primary, "pull", [id], { delayMs: HOUR_MS });
    const postponed = await read(id);
    expect(postponed).toMatchObject({ reason: "RETRY", attempts: 1, isHeld: false, doneAt });
    expect(postponed.failure).toEqual(known);
    expect(postponed.claimedUntil).toBeNull();
    expectIn(postponed.dueAt, HOUR_MS);
  });

  it("that fails keeps its first error and its last, counts what counts up to a limit, and is still what was asked for", async () => {
    const id = newId();
    await request(id);
    const fail = (reason: string, given: Partial<typeof failure> = {}) =>
      failWork(primary, "pull", [{ id, retryInMs: HOUR_MS }], { ...failure, reason, ...given });
    expect(await fail("first")).toEqual([id]);
    const { firstFailedAt } = (await read(id)).failure as { firstFailedAt: number };
    await fail("told to wait", { counts: false });
    expect(await read(id)).toMatchObject({
      ...{ attempts: 1, reason: "RETRY", isHeld: false, claimedUntil: null },
      failure: { firstError: "first", lastError: "told to wait", firstFailedAt },
    });
    expectIn((await read(id)).dueAt, HOUR_MS);
    for (let time = 0; time < 9; time += 1) await fail("again");
    expect((await read(id)).attempts).toBe(failure.attemptsMax);
    await fail("again", { attemptsMax: 3 });
    expect((await read(id)).attempts).toBe(failure.attemptsMax);

    await hurryWork(primary, "pull", id, { isPublished: true });
    await fail("asked for");
    expect((await read(id)).reason).toBe("REQUESTED");
    await failWork(primary, "pull", [{ id, retryInMs: null }], failure);
    expect(await read(id)).toMatchObject({ dueAt: null, failure: { firstError: "first" } });
    expect(await request(id)).toBe(true);
    expect(await fail("nobody's", {})).toEqual([id]);
    expect(await failWork(primary, "pull", [{ id: newId(), retryInMs: 0 }], failure)).toEqual([]);
  });

  it("that is scheduled leaves alone what is due or on its way, and moves what is due later", async () => {
    const schedule = (id: number, options?: { isIdle: boolean }) =>
      scheduleWork(primary, "pull", id, { ...RATE, delayMs: HOUR_MS }, options);
    const [due, onItsWay, inHand, later, idle] = [newId(), newId(), newId(), newId(), newId()];
    for (const id of [due, onItsWay, inHand]) await makeDue(test.database, "pull", id);
    const soon = new Date(Date.now() + HOUR_MS / 2);
    await setWork(test.database, "pull", later, { dueAt: soon });
    for (const id of [onItsWay, inHand]) {
      await setWork(test.database, "pull", id, { claimedUntil: soon, isHeld: id === inHand });
    }
    for (const id of [due, onItsWay, inHand]) {
      const before = await read(id);
      await schedule(id);
      await schedule(id, { isIdle: true });
      expect(await read(id)).toEqual(before);
    }
    await schedule(later, { isIdle: true });
    expect((await read(later)).dueAt).toEqual(soon);
    await schedule(later);
    expectIn((await read(later)).dueAt, HOUR_MS);
    await schedule(idle, { isIdle: true });
    expectIn((await read(idle)).dueAt, HOUR_MS);
    await cancelWork(primary, ["pull"], idle);
    await schedule(idle, { isIdle: true });
    expect(await read(idle)).toMatchObject({ ...RATE, isHeld: false, claimedUntil: null });
    await cancelWork(primary, ["pull"], due);
  });

  it("that is advanced is due sooner, never later", async () => {
    const [late, soon, gone] = [newId(), newId(), newId()];
    await setWork(test.database, "pull", late, { dueAt: new Date(Date.now() + 2 * HOUR_MS) });
    await setWork(test.database, "pull", soon, { dueAt: new Date(Date.now() + 60_000) });
    await setWork(test.database, "pull", gone, { dueAt: null });
    await advanceWork(primary, "pull", [late, soon, gone], { dueInMs: HOUR_MS });
    expectIn((await read(late)).dueAt, HOUR_MS);
    expectIn((await read(soon)).dueAt, 60_000);
    expect((await read(gone)).dueAt).toBeNull();
  });

  it("that is advanced while it is on its way is done once more, and what is due and in nobody's hands is left so", async () => {
    const [waiting, published, inHand, lost] = [newId(), newId(), newId(), newId()];
    for (const id of [waiting, published, inHand, lost]) await makeDue(test.database, "pull", id);
    const claimedUntil = new Date(Date.now() + 60_000);
    await setWork(test.database, "pull", published, { claimedUntil });
    await setWork(test.database, "pull", inHand, { claimedUntil, isHeld: true });
    await setWork(test.database, "pull", lost, { claimedUntil: new Date(0), isHeld: true });
    const due = await Promise.all([waiting, lost].map(read));
    await advanceWork(primary, "pull", [waiting, published, inHand, lost], { dueInMs: HOUR_MS });
    for (const id of [published, inHand]) {
      const advanced = await read(id);
      expect(advanced).toMatchObject({ claimedUntil: null, isHeld: false });
      expectIn(advanced.dueAt, HOUR_MS);
    }
    expect(await Promise.all([waiting, lost].map(read))).toEqual(due);
    for (const id of [waiting, lost]) await cancelWork(primary, ["pull"], id);
  });

  it("of one kind is nothing to another, of the same repository", async () => {
    const id = newId();
    for (const kind of WORK_KINDS) await makeDue(test.database, kind, id);
    await cancelWork(primary, ["pull"], id);
    await finishWork(primary, "check", [{ id, next: { ...RATE, delayMs: HOUR_MS } }]);
    for (const kind of ["backfill", "verify", "listing"] as const) {
      expect(await isAnyDue(primary, kind)).toBe(true);
      expect(await takeWork(primary, kind, id, { isRedelivered: false })).toBe(true);
      await cancelWork(primary, [kind], id);
      expect(await isAnyDue(primary, kind)).toBe(false);
    }
  });

  it("of many that are ended at once, in any order and in any way, is written without a deadlock", async () => {
    const ids = Array.from({ length: 60 }, newId);
    for (const id of ids) await makeDue(test.database, "pull", id);
    const some = (seed: number) =>
      ids
        .map((id) => ({ id, place: (id * (seed * 2 + 7_919)) % 10_007 }))
        .sort((a, b) => a.place - b.place)
        .slice(0, 50)
        .map(({ id }) => id);
    const next = { ...RATE, delayMs: 0 };
    const ways: ((tx: Transaction, chosen: number[]) => Promise<unknown>)[] = [
      (tx, chosen) =>
        finishWork(
          tx,
          "pull",
          chosen.map((id) => ({ id, next })),
        ),
      (tx, chosen) =>
        failWork(
          tx,
          "pull",
          chosen.map((id) => ({ id, retryInMs: 0 })),
          failure,
        ),
      (tx, chosen) => postponeWork(tx, "pull", chosen, { delayMs: 0 }),
      (tx, chosen) => releaseWork(tx, "pull", chosen),
      (tx, chosen) => advanceWork(tx, "pull", chosen, { dueInMs: -1_000 }),
      (tx) => claimWork(tx, "pull", { limit: 20 }),
    ];
    // Not in transactions: those are run again after a deadlock.
    const writers = Array.from({ length: 18 }, async (_, writer) => {
      for (let turn = 0; turn < 25; turn += 1) {
        await ways[(writer + turn) % ways.length]?.(primary, some(writer * 31 + turn));
      }
    });
    await Promise.all(writers);
    for (const id of ids) expect((await read(id)).dueAt).not.toBeNull();
  });
});

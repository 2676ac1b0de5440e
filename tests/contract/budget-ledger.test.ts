import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_LIMITS, type Purpose, type RequestOutcome } from "../../src/domain/rate-account.js";
import type { Acquired, BudgetLedger } from "../../src/github/budget-ledger.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import { type Database, openDatabase } from "../../src/postgres/database.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { createTestDatabase } from "../support/postgres.js";

const MINUTE_MS = 60_000;
const TIMEOUT_MS = 15_000;
const USER = { userId: 583_231n, login: "octocat" };
const OTHER = { userId: -7n, login: "hubot" };

interface Opened {
  /** One for each process. */
  readonly handles: readonly [BudgetLedger, BudgetLedger, BudgetLedger];
  /** The clock of its callers. */
  now(): number;
  /** As if all that was booked had happened so much earlier. */
  age(ms: number): Promise<void>;
  close(): Promise<void>;
}

async function openInMemory(): Promise<Opened> {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const ledger = createInMemoryBudgetLedger({ requestTimeoutMs: TIMEOUT_MS, now });
  return {
    handles: [ledger, ledger, ledger],
    now,
    async age(ms) {
      ahead += ms;
    },
    close: async () => {},
  };
}

async function openPostgres(): Promise<Opened> {
  const test = await createTestDatabase({ connectionsMax: 4 });
  const more = [1, 2].map(() => openDatabase({ url: test.url, connectionsMax: 4 }));
  const ledgerOn = (database: Database) =>
    createBudgetStore({ database, requestTimeoutMs: TIMEOUT_MS });
  const [second, third] = more;
  if (second === undefined || third === undefined) throw new Error("unreachable");
  return {
    handles: [ledgerOn(test.database), ledgerOn(second), ledgerOn(third)],
    now: Date.now,
    async age(ms) {
      const { primary } = test.database;
      await primary.$executeRaw`
        update github_request set started_at = started_at - ${ms} * interval '1 ms',
               finished_at = finished_at - ${ms} * interval '1 ms'`;
      await primary.$executeRaw`
        update rate_budget set paused_until = paused_until - ${ms} * interval '1 ms',
               live_waiting_until = live_waiting_until - ${ms} * interval '1 ms',
               reset_at = reset_at - ${ms} * interval '1 ms'`;
    },
    async close() {
      for (const database of more) await database.close();
      await test[Symbol.asyncDispose]();
    },
  };
}

describe.each([
  { adapter: "in memory", open: openInMemory },
  { adapter: "in PostgreSQL", open: openPostgres },
])("a ledger of budgets $adapter", ({ open }) => {
  let opened: Opened;
  let one: BudgetLedger;
  let another: BudgetLedger;
  beforeEach(async () => {
    opened = await open();
    [one, another] = opened.handles;
    await one.register(USER, ["aaaa"], NO_LIMITS);
    await one.register(OTHER, ["bbbb"], NO_LIMITS);
  });
  afterEach(() => opened.close());

  const answered = (remaining: number, resetInMs = 1_800_000): RequestOutcome => ({
    ...{ kind: "answered", purpose: "live", points: 1, isSuccess: true },
    limits: { limit: 5_000, remaining, resetAt: new Date(opened.now() + resetInMs) },
  });
  const refused = (retryInMs: number | null): RequestOutcome => ({
    ...{ kind: "refused", limit: "secondary", limits: NO_LIMITS },
    retryAt: retryInMs === null ? null : new Date(opened.now() + retryInMs),
  });
  const granted = (acquired: Acquired): bigint => {
    if (!acquired.granted) throw new Error(`not granted: ${acquired.reason}`);
    return acquired.requestId;
  };
  const acquire = async (ledger = one, purpose: Purpose = "live", user = USER) =>
    granted(await ledger.acquire(user.userId, purpose));
  const waitOf = (acquired: Acquired) =>
    acquired.granted ? 0 : acquired.until.getTime() - opened.now();
  /** So that it is known how long requests take. */
  const warmUp = async (user = USER) => {
    await one.settle(await acquire(one, "live", user), { kind: "nothing" });
  };

  it("remembers whose tokens are, by any of their fingerprints, for every process", async () => {
    await another.register({ ...USER, login: "renamed" }, ["cccc", "aaaa"], NO_LIMITS);
    const known = await one.knownUsers(["cccc", "bbbb", "aaaa", "dddd"]);
    const facts = known.map(({ userId, login, fingerprints }) => ({
      ...{ userId, login, fingerprints: [...fingerprints].sort() },
    }));
    expect(facts.sort((a, b) => Number(b.userId - a.userId))).toEqual([
      { userId: USER.userId, login: "renamed", fingerprints: ["aaaa", "cccc"] },
      { ...OTHER, fingerprints: ["bbbb"] },
    ]);
    expect(await one.knownUsers(["dddd"])).toEqual([]);
    expect(await one.knownUsers([])).toEqual([]);
  });

  it("takes what was heard on the way to knowing a user, and keeps what was booked", async () => {
    await one.settle(await acquire(), answered(100));
    const resetAt = new Date(opened.now() + 1_800_000);
    const account = await another.register(USER, [], { limit: 5_000, remaining: 4_000, resetAt });
    expect(account).toMatchObject({ remaining: 100, spentLive: 1 });
  });

  it("heeds a pause at the very next acquire, whichever process was told, for that user only", async () => {
    await one.settle(await acquire(), refused(30_000));
    const acquired = await another.acquire(USER.userId, "live");
    expect(acquired).toMatchObject({
      ...{ granted: false, reason: "paused", account: { pauseReason: "secondary" } },
    });
    expect(waitOf(acquired)).toBeGreaterThan(29_000);
    expect(waitOf(acquired)).toBeLessThanOrEqual(30_500);
    await acquire(another, "live", OTHER);
    await opened.age(30_500);
    await acquire(another);
  });

  it("keeps silent for longer each time where GitHub names no time, until a success", async () => {
    const silence = async () => {
      await one.settle(await acquire(), refused(null));
      const acquired = await another.acquire(USER.userId, "live");
      const waitMs = waitOf(acquired);
      await opened.age(waitMs + 500);
      return Math.round(waitMs / MINUTE_MS);
    };
    expect([await silence(), await silence(), await silence()]).toEqual([1, 2, 4]);
    await one.settle(await acquire(), answered(4_000));
    expect(await silence()).toBe(1);
  });

  it("believes the lowest answer of an hour, and lets the next hour begin by itself", async () => {
    const ids = [await acquire(), await acquire(another)];
    await one.settle(ids[1] ?? 0n, answered(0));
    await another.settle(ids[0] ?? 0n, answered(1));
    const acquired = await another.acquire(USER.userId, "live");
    expect(acquired).toMatchObject({ granted: false, reason: "points" });
    expect(waitOf(acquired)).toBeGreaterThan(1_790_000);
    await opened.age(1_800_500);
    const next = await another.acquire(USER.userId, "live");
    expect(next).toMatchObject({ granted: true, account: { remaining: 5_000, spentLive: 0 } });
    await one.settle(granted(next), answered(4_999, 3_600_000));
    expect((await one.acquire(USER.userId, "live")).account).toMatchObject({
      ...{ remaining: 4_999, spentLive: 1, spentLiveBefore: 2 },
    });
  });

  it("books points by purpose", async () => {
    const backfill = { ...answered(4_000), purpose: "backfill", points: 7 } as RequestOutcome;
    await one.settle(await acquire(one, "backfill"), backfill);
    const account = await another.settle(await acquire(another), answered(3_999));
    expect(account).toMatchObject({ spentLive: 1, spentBackfill: 7 });
  });

  it("keeps its reserve from backfill only", async () => {
    await warmUp();
    await one.settle(await acquire(), answered(500));
    expect(await another.acquire(USER.userId, "backfill")).toMatchObject({ reason: "reserve" });
    await acquire(another);
  });

  it("never has more than ten under way, over all processes, however they come together", async () => {
    await warmUp();
    const asked = Array.from({ length: 60 }, (_, index) =>
      opened.handles[index % 3]?.acquire(USER.userId, "live"),
    );
    const all = (await Promise.all(asked)) as Acquired[];
    const grants = all.filter((acquired) => acquired.granted);
    expect(grants).toHaveLength(10);
    expect(await another.acquire(USER.userId, "live")).toMatchObject({ reason: "in-flight" });
    await one.settle(granted(grants[0] as Acquired), answered(4_000));
    await acquire(another);
    expect(await one.acquire(USER.userId, "live")).toMatchObject({ granted: false });
  });

  /** Nine places are taken, and no time of GitHub's: by requests whose process is about to be given up. */
  const takeNine = async () => {
    await warmUp();
    const ids: bigint[] = [];
    for (let times = 0; times < 9; times += 1) ids.push(await acquire());
    await opened.age(TIMEOUT_MS + 500);
    return ids;
  };

  it("lets backfill have the last place, and live work the next that is free", async () => {
    const [first = 0n, second = 0n] = await takeNine();
    await acquire(one, "backfill");
    expect(await another.acquire(USER.userId, "live")).toMatchObject({ reason: "in-flight" });
    await one.settle(first, { kind: "nothing" }, 0);
    const waiting = await one.acquire(USER.userId, "backfill");
    expect(waiting).toMatchObject({ granted: false, reason: "live" });
    expect(waitOf(waiting)).toBeLessThanOrEqual(1_650);
    await acquire(another);
    await one.settle(second, { kind: "nothing" }, 0);
    expect(await one.acquire(USER.userId, "backfill")).not.toMatchObject({ reason: "live" });
  });

  it("holds backfill of that user back only as long as live work is to come again", async () => {
    await takeNine();
    await acquire(one, "backfill");
    expect(await another.acquire(USER.userId, "live")).toMatchObject({ reason: "in-flight" });
    expect(await one.acquire(USER.userId, "backfill")).toMatchObject({ reason: "live" });
    await acquire(one, "backfill", OTHER);
    await opened.age(1_700);
    expect(await one.acquire(USER.userId, "backfill")).not.toMatchObject({ reason: "live" });
  });

  it("spreads backfill of all processes evenly over the minute, and live work not", async () => {
    const ids = [await acquire(one, "backfill"), await acquire(another, "live")];
    await opened.age(7_500);
    for (const id of ids) await one.settle(id, { kind: "nothing" });
    // 15 seconds of GitHub's time are what there is for 20; 7.5 have gone by, and 2 are to spare.
    const acquired = await another.acquire(USER.userId, "backfill");
    expect(acquired).toMatchObject({ granted: false, reason: "time" });
    expect(waitOf(acquired)).toBeGreaterThan(9_500);
    expect(waitOf(acquired)).toBeLessThanOrEqual(10_700);
    await acquire(one, "live");
    await opened.age(waitOf(acquired));
    await one.settle(await acquire(another, "live"), { kind: "nothing" }, 0);
  });

  it("counts of GitHub's time what it is told, not how long a request was under way", async () => {
    for (let times = 0; times < 3; times += 1) {
      const ids = await Promise.all([acquire(one), acquire(another)]);
      await opened.age(7_400);
      for (const id of ids) await one.settle(id, answered(4_000), 100);
    }
    await acquire(another);
    await acquire(another, "backfill");
  });

  it("never has more under way than there are points left", async () => {
    await warmUp();
    await one.settle(await acquire(), answered(3));
    const asked = Array.from({ length: 12 }, (_, index) =>
      opened.handles[index % 3]?.acquire(USER.userId, "live"),
    );
    const grants = (await Promise.all(asked)).filter((acquired) => acquired?.granted);
    expect(grants).toHaveLength(3);
  });

  it("begins with few at once until it is known what a request takes", async () => {
    const asked = Array.from({ length: 12 }, (_, index) =>
      opened.handles[index % 3]?.acquire(USER.userId, "live"),
    );
    const grants = (await Promise.all(asked)).filter((acquired) => acquired?.granted);
    expect(grants).toHaveLength(4);
  });

  it("counts GitHub's time of all processes for a minute", async () => {
    for (let times = 0; times < 3; times += 1) {
      const ids = await Promise.all([acquire(one), acquire(another)]);
      await opened.age(7_400);
      for (const id of ids) await one.settle(id, answered(4_000), 7_400);
    }
    // 44.4 of 45 seconds are taken.
    const acquired = await another.acquire(USER.userId, "live");
    expect(acquired).toMatchObject({ granted: false, reason: "time" });
    expect(waitOf(acquired)).toBeGreaterThan(40_000);
    expect(waitOf(acquired)).toBeLessThanOrEqual(46_000); // the first ended 14.8 seconds ago
    await opened.age(46_000);
    await acquire(another);
  });

  it("gives up a request whose process has died after its time and thirty seconds", async () => {
    await warmUp();
    for (let times = 0; times < 10; times += 1) await acquire();
    await opened.age(44_000);
    expect(await another.acquire(USER.userId, "live")).toMatchObject({ reason: "in-flight" });
    await opened.age(1_500);
    await acquire(another);
  });

  it("settles a request once", async () => {
    const id = await acquire();
    expect(await one.settle(id, answered(4_000))).toMatchObject({ spentLive: 1 });
    expect(await another.settle(id, answered(3_000))).toBeNull();
    expect(await another.settle(987_654_321n, answered(1))).toBeNull();
    expect((await one.acquire(USER.userId, "live")).account).toMatchObject({ remaining: 4_000 });
  });

  it("does not know a user that was not registered", async () => {
    await expect(one.acquire(1n, "live")).rejects.toThrow("not registered");
  });
});

it("a ledger in PostgreSQL forgets old requests, so many at a time", async () => {
  await using test = await createTestDatabase();
  const { primary } = test.database;
  const ledger = createBudgetStore({ database: test.database, requestTimeoutMs: TIMEOUT_MS });
  await ledger.register(USER, [], NO_LIMITS);
  await primary.$executeRaw`
    insert into github_request (user_id, purpose, started_at, finished_at)
    select ${USER.userId}, 'live', now() - interval '1 hour', now() from generate_series(1, 700)`;
  const acquired = await ledger.acquire(USER.userId, "live");
  if (!acquired.granted) throw new Error(`not granted: ${acquired.reason}`);
  await ledger.settle(acquired.requestId, { kind: "nothing" });
  expect(await primary.gitHubRequest.count()).toBe(201);
});

import { describe, expect, it } from "vitest";
import type { WorkKind } from "../../src/domain/work.js";
import type { BudgetLedger } from "../../src/github/budget-ledger.js";
import { createInMemoryBudgetLedger } from "../../src/github/in-memory-budget-ledger.js";
import type { Database } from "../../src/postgres/database.js";
import { createBudgetStore } from "../../src/store/budget/budget-store.js";
import { readCompleteness } from "../../src/store/repositories/completeness-reader.js";
import { requestVerification } from "../../src/store/work/verification-store.js";
import { PLACES_ONLY } from "../support/budget.js";
import { eventually } from "../support/eventually.js";
import { startPipeline } from "../support/pipeline.js";
import { readRepository, readWork } from "../support/work.js";

const WAITING = 30;
/** Enough to add that many, and to look at what happens to them. */
const WAIT_MS = 30_000;

interface Budget {
  readonly who: string;
  readonly ledger: (database: Database) => BudgetLedger;
  /** GitHub's hour: what is refused waits for its end, or for points that nobody expected. */
  readonly hourMs: number;
}

const SHARED: Budget = {
  who: "every process",
  ledger: (database) => createBudgetStore({ database, requestTimeoutMs: 10_000 }),
  // So near that what is left of its points is no less than by the clock: checks keep their pace.
  hourMs: 200_000,
};
const WORKERS_OWN: Budget = {
  who: "the worker alone",
  ledger: () => createInMemoryBudgetLedger({ pace: PLACES_ONLY }),
  hourMs: WAIT_MS,
};

/** A tracker on a budget of its own, whose hour has begun. */
async function startWorld({ ledger, hourMs: resetInMs }: Budget) {
  const pipeline = await startPipeline({ ledger, bounds: { minMs: 200, maxMs: 500 } });
  const { gitHub, database } = pipeline;
  await gitHub.setBudget("octocat", { resetInMs });
  const endsAt = Date.now() + resetInMs;
  await countWrites(database);

  const requestsOf = async (operation: string) =>
    (await gitHub.countOperations())[operation]?.requests ?? 0;
  /** Checks go on meanwhile: so many of them later. */
  async function checks(count: number): Promise<void> {
    const made = async () => (await requestsOf("Glance")) + (await requestsOf("LookUp"));
    const before = await made();
    await eventually(async () => expect(await made()).toBeGreaterThanOrEqual(before + count));
  }
  return {
    pipeline,
    requestsOf,
    checks,
    /** A tracked repository, and where its pushes go. */
    async track(name: string) {
      const { id: nodeId } = await gitHub.addRepository({ owner: "octo", name });
      const heads = await gitHub.commit(`octo/${name}`, [{ message: "one" }, { message: "two" }]);
      const id = await pipeline.add(`octo/${name}`);
      return { id, nodeId, url: `octo/${name}`, head: heads.at(-1) ?? "" };
    },
    push: async ({ url }: { url: string }) =>
      (await gitHub.commit(url, [{ message: "pushed" }])).at(-1) ?? "",
    /** Requests that were about this repository and no other way of speaking of it. */
    async requestsAbout(nodeIds: readonly string[]): Promise<string[]> {
      const requests = await gitHub.listRequests();
      const about = requests.filter(({ variables }) => {
        const text = JSON.stringify(variables);
        return nodeIds.some((nodeId) => text.includes(nodeId));
      });
      return about.map(({ operationName }) => operationName ?? "");
    },
    /** What live work takes is left, what first histories take is not. */
    async refuseBackfill(): Promise<void> {
      await gitHub.setBudget("octocat", { limit: 5_000, remaining: 450 });
      await checks(2);
    },
    /** Of a budget that the worker alone knows the hour ends by itself. */
    async allowBackfill(): Promise<void> {
      expect(Date.now()).toBeLessThan(endsAt); // else nothing has waited
      if (resetInMs === SHARED.hourMs) {
        await gitHub.setBudget("octocat", { limit: 6_000, remaining: 6_000 });
      }
    },
    [Symbol.asyncDispose]: () => pipeline[Symbol.asyncDispose](),
  };
}

describe.each([SHARED, WORKERS_OWN])("work that waits for a budget known to $who", (budget) => {
  it.concurrent("first histories are looked at no more and written no more while they wait, hold up no live work, and all come in then", async () => {
    await using world = await startWorld(budget);
    const { pipeline, track, push } = world;
    const live = await track("live");
    await pipeline.settled(live.id, live.head);
    await world.refuseBackfill();
    const waiting = await Promise.all(
      Array.from({ length: WAITING }, (_, index) => track(`waiting${index}`)),
    );
    for (const { id } of waiting) {
      await eventually(async () =>
        expect(await readRepository(pipeline.database, id)).toMatchObject({
          state: "BACKFILLING",
          nextCheckAt: null,
          attempts: 0,
        }),
      );
    }
    // Known by their node ids from now on, they are spoken of no more.
    const nodeIds = waiting.map(({ nodeId }) => nodeId);
    const asked = await world.requestsAbout(nodeIds);
    for (let pushes = 0; pushes < 3; pushes += 1) {
      await pipeline.settled(live.id, await push(live));
      await world.checks(2);
    }
    expect(await world.requestsAbout(nodeIds)).toEqual(asked);
    for (const { id } of waiting) {
      // Asked for, claimed, taken and refused, each once at most.
      expect(await writesOf(pipeline.database, "backfill", id)).toBeLessThanOrEqual(4);
      expect(await readWork(pipeline.database, "backfill", id)).toMatchObject({ attempts: 0 });
      expect(await writesOf(pipeline.database, "check", id)).toBeLessThanOrEqual(3);
    }
    await world.allowBackfill();
    for (const { id, head } of waiting) await pipeline.settled(id, head, 3 * WAIT_MS);
    for (const { id } of waiting) {
      await eventually(async () =>
        expect(await readRepository(pipeline.database, id)).toMatchObject({
          ...{ state: "ACTIVE", attempts: 0, lastError: null },
        }),
      );
    }
  }, 180_000);

  it.concurrent("a verification is written no more while it waits, holds up no live work, and is carried through then", async () => {
    await using world = await startWorld(budget);
    const { pipeline, push } = world;
    const live = await world.track("verified");
    await pipeline.settled(live.id, live.head);
    await world.refuseBackfill();
    await pipeline.database.transaction((tx) =>
      requestVerification(tx, live.id, { isDeep: false }),
    );
    let head = "";
    for (let pushes = 0; pushes < 3; pushes += 1) {
      head = await push(live);
      await pipeline.settled(live.id, head);
      await world.checks(2);
    }
    expect(await world.requestsOf("CommitCount")).toBe(0);
    expect(await writesOf(pipeline.database, "verify", live.id)).toBeLessThanOrEqual(4);
    await world.allowBackfill();
    await eventually(async () => {
      const [found] = await readCompleteness(pipeline.database, [live.id]);
      expect(found).toMatchObject({ isChecking: false, complete: true, error: null });
    }, 3 * WAIT_MS);
    expect(await world.requestsOf("CommitCount")).toBe(1);
  }, 180_000);
});

/** Has the database count how often each row of work is written from now on. */
async function countWrites({ primary }: Database): Promise<void> {
  await primary.$executeRaw`create table written (kind work_kind, subject_id int)`;
  await primary.$executeRaw`
    create function note_written() returns trigger language plpgsql as
    'begin insert into written values (new.kind, new.subject_id); return null; end'`;
  await primary.$executeRaw`
    create trigger written after insert or update on work
    for each row execute function note_written()`;
}

async function writesOf({ primary }: Database, kind: WorkKind, id: number): Promise<number> {
  const [row] = await primary.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from written where kind = ${kind}::work_kind and subject_id = ${id}`;
  return row?.count ?? 0;
}

import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Commit, Oid } from "../../src/domain/commit.js";
import type { Database, Transaction } from "../../src/postgres/database.js";
import type { TaskQueue } from "../../src/queue/queue.js";
import { readWalk } from "../../src/store/work/walk-store.js";
import { claimWork } from "../../src/store/work/work-store.js";
import { resetCommits } from "../../src/tracking/reset-commits.js";
import { storeEvent, storeRepository } from "../api/rows.js";
import { expectStatisticsKept } from "../support/authors.js";
import { CutShort, cutShort, followed } from "../support/cut-short.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const logger = pino({ level: "silent" });
const queue = { publish: async () => {} } as unknown as TaskQueue;
const hex = (oid: Uint8Array) => Buffer.from(oid).toString("hex");
const at = (day: number) => new Date(Date.UTC(2024, 0, 1 + day));

/** Commit i has parents among those before it; dates are in no order, and often equal. */
const history = fc.array(
  fc.record({ parents: fc.array(fc.nat(), { maxLength: 2 }), day: fc.nat(9) }),
  { minLength: 2, maxLength: 24 },
);
const sliceSize = fc.integer({ min: 1, max: 4 });
const day = fc.nat(10);
/** After how many transactions; mostly dated before what they are pushed upon. */
const pushes = fc.array(
  fc.record({ after: fc.integer({ min: 1, max: 3 }), parent: fc.nat(), day: fc.nat(3) }),
  { minLength: 1, maxLength: 4 },
);

describe("a reset in slices", () => {
  let test: TestDatabase;
  let made = 0;
  beforeAll(async () => {
    test = await createTestDatabase();
  });
  afterAll(() => test[Symbol.asyncDispose]());

  /** Stored whole, and complete at a head; what that does not lead to is orphaned. */
  async function store(shape: { parents: readonly number[]; day: number }[], headAt: number) {
    made += 1;
    const id = await storeRepository(test.database, "octo", `r${made}`);
    const oidOf = (index: number) => `${made.toString(16)}a${index}`.padStart(40, "0");
    const commits = shape.map(({ parents, day: on }, index): Commit => {
      const actor = { name: `A${index % 3}`, email: "a@b", login: null, avatarUrl: null };
      return {
        oid: oidOf(index),
        parents: index === 0 ? [] : [...new Set(parents.map((parent) => oidOf(parent % index)))],
        message: `commit ${index}`,
        ...{ author: actor, authoredAt: at(on), committer: actor, committedAt: at(on) },
      };
    });
    const headOid = oidOf(headAt % shape.length);
    const reached = reachedFrom([headOid], commits);
    const orphanedOids = commits.map(({ oid }) => oid).filter((oid) => !reached.has(oid));
    await storeEvent(test.database, id, commits, { headOid, orphanedOids });
    await test.database.primary.$executeRaw`
      update repository set observed_oid = head_oid where id = ${id}`;
    return { id, commits, headOid, orphaned: new Set(orphanedOids) };
  }
  type Stored = Awaited<ReturnType<typeof store>>;

  /** As it is told: dated from then on, and orphans that lead to one of those. */
  function expectedLeft({ commits, orphaned }: Stored, from: Date): Oid[] {
    const gone = new Set<Oid>();
    for (const { oid, parents, committedAt } of commits) {
      const isLost = orphaned.has(oid) && parents.some((parent) => gone.has(parent));
      if (committedAt >= from || isLost) gone.add(oid);
    }
    return commits.map(({ oid }) => oid).filter((oid) => !gone.has(oid));
  }

  async function storedOf(id: number) {
    const rows = await test.database.primary.commit.findMany({ where: { repositoryId: id } });
    return rows.map((row) => ({ ...row, oid: hex(row.oid), parents: row.parents.map(hex) }));
  }

  /** What holds between any two transactions. */
  async function expectWhole(id: number): Promise<void> {
    const rows = await storedOf(id);
    const walk = await readWalk(test.database.primary, id);
    const known = new Set([...rows.map(({ oid }) => oid), ...(walk?.frontier ?? [])]);
    expect(rows.flatMap(({ parents }) => parents).filter((oid) => !known.has(oid))).toEqual([]);
    const { commitCount, orphanedCount } = await test.database.primary.repository.findUniqueOrThrow(
      { where: { id } },
    );
    const reachableCount = rows.filter(({ reachable }) => reachable).length;
    expect([commitCount, orphanedCount]).toEqual([reachableCount, rows.length - reachableCount]);
    await expectStatisticsKept(test.database, id);
    const hashes = new Set(rows.map(({ authorHash }) => authorHash));
    expect(await test.database.primary.author.count({ where: { repositoryId: id } })).toBe(
      hashes.size,
    );
  }

  const request = (id: number, from: Date, size: number) => ({
    ...{ repositoryId: id, from, dryRun: false, sliceSize: size },
  });
  const reset = (id: number, from: Date, size: number, database = test.database) =>
    resetCommits({ database, queue, logger }, request(id, from, size));
  const count = (id: number, from: Date) =>
    resetCommits(
      { database: test.database, queue, logger },
      { repositoryId: id, from, dryRun: true },
    );
  const dueWalks = async () =>
    (await claimWork(test.database.primary, "backfill", { limit: 100 })).map(({ id }) => id);

  it("deletes what a dry run counts, is whole after each slice, and is fetched only after the last", async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.nat(), day, sliceSize, async (shape, headAt, fromDay, size) => {
        const stored = await store(shape, headAt);
        const { id, commits, headOid } = stored;
        const left = expectedLeft(stored, at(fromDay));
        const counted = await count(id, at(fromDay));
        expect(counted).toBe(commits.length - left.length);
        const database = followed(test.database, async (transaction) => {
          await expectWhole(id);
          const isOver = (await storedOf(id)).length === left.length;
          if (transaction > 1 && !isOver) expect(await dueWalks()).toEqual([]);
        });
        expect(await reset(id, at(fromDay), size, database)).toBe(counted);

        expect((await storedOf(id)).map(({ oid }) => oid).sort()).toEqual([...left].sort());
        const walk = await readWalk(test.database.primary, id);
        if (counted === 0) {
          expect(walk).toMatchObject({ headOid, generation: 0 });
          return;
        }
        const parents = new Set(
          commits.filter(({ oid }) => left.includes(oid)).flatMap((c) => c.parents),
        );
        const open = [...parents].filter((oid) => !left.includes(oid));
        expect(new Set(walk?.frontier)).toEqual(new Set([headOid, ...open]));
        expect(walk).toMatchObject({ state: "BACKFILLING", headOid: null });
        expect(await dueWalks()).toEqual([id]);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it("that is cut short at any statement is whole, and done again deletes the rest", async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.nat(),
        day,
        sliceSize,
        fc.integer({ min: 1, max: 50 }),
        async (shape, headAt, fromDay, size, atStatement) => {
          const stored = await store(shape, headAt);
          const { id, commits } = stored;
          const database = cutShort(test.database, atStatement);
          await reset(id, at(fromDay), size, database).catch((error: unknown) => {
            if (!(error instanceof CutShort)) throw error;
          });
          await expectWhole(id);
          const before = await storedOf(id);
          const isTouched = before.length < commits.length;
          // Nobody is left to fetch it again: the lease ends.
          await test.database.primary
            .$executeRaw`update work set claimed_until = now() - interval '1 ms' where subject_id = ${id}`;
          expect((await dueWalks()).includes(id)).toBe(isTouched);
          const left = expectedLeft(stored, at(fromDay));
          expect(await count(id, at(fromDay))).toBe(before.length - left.length);
          expect(await reset(id, at(fromDay), size)).toBe(before.length - left.length);
          expect((await storedOf(id)).map(({ oid }) => oid).sort()).toEqual([...left].sort());
          await expectWhole(id);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  it("keeps closed what has come in between two slices", async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.nat(),
        day,
        sliceSize,
        pushes,
        async (shape, headAt, fromDay, size, pushed) => {
          const { id } = await store(shape, headAt);
          let count = 0;
          const database = followed(test.database, async (transaction) => {
            for (const { after, parent, day: on } of pushed.filter(
              (one) => one.after === transaction,
            )) {
              const reachable = (await storedOf(id)).filter((row) => row.reachable);
              const under = reachable[parent % Math.max(1, reachable.length)];
              count += 1;
              const oid = `${made.toString(16)}b${after}${count}`.padStart(40, "0");
              const actor = { name: "P", email: "p@b", login: null, avatarUrl: null };
              const commit = {
                ...{ oid, parents: under === undefined ? [] : [under.oid], message: "pushed" },
                ...{ author: actor, authoredAt: at(on), committer: actor, committedAt: at(on) },
              };
              await storeEvent(test.database, id, [commit]);
            }
            await expectWhole(id);
          });
          await reset(id, at(fromDay), size, database);
          await expectWhole(id);
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  it("reads each commit a few times, however many orphans there are", async () => {
    const rowsRead = async (length: number) => {
      // A chain of orphans whose first commit is dated later than all upon it.
      const line = Array.from({ length }, (_, index) => ({ parents: [index - 1], day: 1 }));
      const orphans = Array.from({ length }, (_, index) => ({
        parents: [index === 0 ? 0 : length + index - 1],
        day: index === 0 ? 5 : 1,
      }));
      const { id } = await store([...line, ...orphans], length - 1);
      await test.database.primary.$executeRaw`analyze commit`;
      let rows = 0;
      const database: Database = {
        ...test.database,
        transaction: (work, bounds) =>
          test.database.transaction(async (tx) => {
            const before = await readSoFar(tx);
            const result = await work(tx);
            rows += (await readSoFar(tx)) - before;
            return result;
          }, bounds),
      };
      expect(await reset(id, at(5), 100, database)).toBe(length);
      return rows;
    };
    const commits = 2 * 800;
    expect(await rowsRead(800)).toBeLessThan(10 * commits);
  }, 60_000);
});

/** Rows of commits that this transaction has looked at. */
async function readSoFar(tx: Transaction): Promise<number> {
  const [read] = await tx.$queryRaw<{ rows: number }[]>`
    select (seq_tup_read + idx_tup_fetch)::int as rows
      from pg_stat_xact_user_tables where relname = 'commit'`;
  return read?.rows ?? 0;
}

function reachedFrom(oids: readonly Oid[], commits: readonly Commit[]): Set<Oid> {
  const parentsOf = new Map(commits.map(({ oid, parents }) => [oid, parents]));
  const reached = new Set(oids);
  for (const oid of reached) for (const parent of parentsOf.get(oid) ?? []) reached.add(parent);
  return reached;
}

import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInProcessFanout } from "../../src/fanout/in-process-fanout.js";
import { openDatabase } from "../../src/postgres/database.js";
import { fillAll, fillNext, rebuildProjection } from "../../src/projections/fill-projection.js";
import type { Projection } from "../../src/projections/projection.js";
import { startFilling } from "../../src/projections/projection-filler.js";
import { holdMarks, unfilledEvents } from "../../src/store/projections/projection-store.js";
import { eventually } from "../support/eventually.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

const logger = pino({ level: "silent" });

/** Holds the sequence of each event, in a table of its own. */
function sequencesOf(name: string, commitsMax: number): Projection {
  return {
    name,
    commitsMax,
    async fill(tx, { after, upTo }) {
      await tx.$executeRaw`
        insert into filled_sequence
        select ${name}, sequence from feed_event where sequence > ${after} and sequence <= ${upTo}`;
    },
    async empty(tx) {
      await tx.$executeRaw`delete from filled_sequence where name = ${name}`;
    },
  };
}

describe("projections", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase();
    await test.database.primary.$executeRaw`
      create table filled_sequence (name text, sequence bigint, primary key (name, sequence))`;
    for (let event = 0; event < 10; event += 1) await append(3);
  });
  afterAll(() => test[Symbol.asyncDispose]());

  /** An event with so many commits. */
  async function append(commits: number): Promise<bigint> {
    return await test.database.transaction(async (tx) => {
      const [{ sequence, id }] = await tx.$queryRaw<[{ sequence: bigint; id: bigint }]>`
        with counter as (update feed set sequence = sequence + 1 returning sequence)
        insert into feed_event (sequence, kind, repository_id)
        select sequence, 'LIVE', 1 from counter returning sequence, id`;
      await tx.$executeRaw`
        insert into commit (event_id, position, repository_id, oid, parents, message, author_hash,
                            authored_at, committed_at)
        select ${id}, place, 1, sha224((${id} || ' ' || place)::bytea), '{}', 'm', 1, now(), now()
          from generate_series(0, ${commits}::int - 1) as place`;
      return sequence;
    });
  }

  async function add(name: string): Promise<void> {
    await test.database.primary.projection.create({ data: { name } });
  }

  async function filled(name: string): Promise<bigint[]> {
    const rows = await test.database.primary.$queryRaw<{ sequence: bigint }[]>`
      select sequence from filled_sequence where name = ${name} order by sequence`;
    return rows.map(({ sequence }) => sequence);
  }

  async function unfilled(name: string): Promise<bigint[]> {
    const rows = await test.database.primary.$queryRaw<{ sequence: bigint }[]>(
      unfilledEvents(name),
    );
    return rows.map(({ sequence }) => sequence);
  }

  it("are filled by whole events, as many as hold so many commits at a time", async () => {
    await add("steps");
    const steps = sequencesOf("steps", 7);
    expect(await fillNext(test.database, steps)).toBe("MORE");
    expect(await filled("steps")).toEqual([1n, 2n, 3n]);
    expect((await unfilled("steps"))[0]).toBe(4n);
    await fillAll(test.database, steps);
    expect(await filled("steps")).toEqual(expect.arrayContaining([1n, 10n]));
    expect(await unfilled("steps")).toEqual([]);
  });

  it("hold each event once, however many fill them while others are added", async () => {
    await add("raced");
    const raced = sequencesOf("raced", 4);
    const fillers = Array.from({ length: 4 }, async () => {
      for (let turn = 0; turn < 8; turn += 1) await fillNext(test.database, raced);
    });
    const last = await append(2);
    await append(0);
    await Promise.all(fillers);
    await eventually(async () => {
      await fillNext(test.database, raced);
      expect(await unfilled("raced")).toEqual([]);
    });
    const all = await filled("raced");
    expect(all).toEqual(all.map((_, index) => BigInt(index) + 1n));
    expect(all).toContain(last);
  });

  it("stay as they are while their marks are held, and forget nothing that fails", async () => {
    await add("held");
    const held = sequencesOf("held", 3);
    await fillNext(test.database, held);
    await test.database.transaction(async (tx) => {
      expect((await holdMarks(tx)).get("held")).toBe(1n);
      expect(await fillNext(test.database, held)).toBe("TAKEN");
      expect(await rebuildProjection(test.database, held)).toBe(false);
    });
    const failing: Projection = { ...held, fill: () => Promise.reject(new Error("no room")) };
    await expect(fillNext(test.database, failing)).rejects.toThrow("no room");
    expect(await filled("held")).toEqual([1n]);
    expect(await rebuildProjection(test.database, held)).toBe(true);
    expect(await filled("held")).toEqual([]);
    expect((await unfilled("held"))[0]).toBe(1n);
  });

  it("are filled in smaller steps where a step is too much, and in larger ones after that", async () => {
    await add("heavy");
    const fanout = createInProcessFanout({ logger });
    const steps: bigint[] = [];
    const all = sequencesOf("heavy", 9);
    const heavy: Projection = {
      ...all,
      async fill(tx, stretch) {
        const { after, upTo } = stretch;
        if (after < 5n && upTo >= 5n && upTo - after > 1n) throw new Error("too much");
        steps.push(upTo - after);
        await all.fill(tx, stretch);
      },
    };
    const options = { database: test.database, fanout, projections: [heavy], logger, gatherMs: 1 };
    const filler = await startFilling(options);
    try {
      await eventually(async () => expect(await unfilled("heavy")).toEqual([]));
    } finally {
      await filler.stop();
    }
    expect(steps.slice(0, 3)).toEqual([3n, 1n, 1n]);
    expect(steps.slice(3).some((step) => step > 1n)).toBe(true);
  });

  it("wait to be filled in whole steps while more comes, but not for long", async () => {
    await add("flooded");
    const fanout = createInProcessFanout({ logger });
    const steps: bigint[] = [];
    const all = sequencesOf("flooded", 4);
    const flooded: Projection = {
      ...all,
      async fill(tx, stretch) {
        steps.push(stretch.upTo - stretch.after);
        await all.fill(tx, stretch);
      },
    };
    await fillAll(test.database, all);
    const options = { database: test.database, fanout, projections: [flooded], logger };
    const filler = await startFilling({ ...options, gatherMs: 200, gatherMsMax: 60_000 });
    const ringing = setInterval(() => void fanout.ring(1n), 10);
    try {
      for (let event = 0; event < 9; event += 1) await append(1);
      await eventually(() => expect(steps).toEqual([4n, 4n]));
      await append(1);
      await append(1);
      await eventually(() => expect(steps).toEqual([4n, 4n, 3n]), 500).catch(() => {});
      expect(steps).toEqual([4n, 4n]); // it rings
      clearInterval(ringing);
      await eventually(() => expect(steps).toEqual([4n, 4n, 3n]));
    } finally {
      clearInterval(ringing);
      await filler.stop();
    }
    const restless = setInterval(() => void fanout.ring(1n), 10);
    const impatient = await startFilling({ ...options, gatherMs: 50, gatherMsMax: 300 });
    try {
      await append(1);
      await eventually(() => expect(steps).toEqual([4n, 4n, 3n, 1n]));
    } finally {
      clearInterval(restless);
      await impatient.stop();
    }
  });

  it("are settled a tenth of the time, and filled meanwhile", async () => {
    await add("settled");
    const fanout = createInProcessFanout({ logger });
    const settled: { from: number; to: number }[] = [];
    const settling: Projection = {
      ...sequencesOf("settled", 100),
      async settle(tx) {
        const from = performance.now();
        await tx.$executeRaw`select pg_sleep(0.2)`;
        settled.push({ from, to: performance.now() });
        return settled.length < 3;
      },
    };
    const options = { database: test.database, fanout, projections: [settling], logger };
    const filler = await startFilling({ ...options, gatherMs: 1, heartbeatMs: 60_000 });
    try {
      await eventually(() => expect(settled).toHaveLength(1));
      const between = await append(1);
      await fanout.ring(between);
      await eventually(async () => expect(await filled("settled")).toContain(between));
      expect(settled).toHaveLength(1);
      await eventually(() => expect(settled).toHaveLength(3), 60_000);
    } finally {
      await filler.stop();
    }
    for (const [index, { from }] of settled.slice(1).entries()) {
      const before = settled[index];
      if (before === undefined) throw new Error("nothing before");
      expect(from - before.to).toBeGreaterThan(8 * (before.to - before.from));
    }
  }, 90_000);

  it("are emptied however long that takes, beyond the deadlines of what else is written", async () => {
    await add("long");
    const limits = { statementMs: 300, transactionMs: 300 };
    const impatient = openDatabase({ url: test.url, connectionsMax: 2, limits });
    try {
      await expect(
        impatient.transaction((tx) => tx.$executeRaw`select pg_sleep(1)`),
      ).rejects.toThrow();
      const long: Projection = {
        ...sequencesOf("long", 3),
        async empty(tx) {
          await tx.$executeRaw`select pg_sleep(1)`;
        },
      };
      expect(await rebuildProjection(impatient, long)).toBe(true);
    } finally {
      await impatient.close();
    }
  });

  it("are filled when the fanout rings, and when it does not; one's trouble stays its own", async () => {
    await add("rung");
    await add("broken");
    const fanout = createInProcessFanout({ logger });
    const broken = { ...sequencesOf("broken", 5), fill: () => Promise.reject(new Error("broken")) };
    const projections = [broken, sequencesOf("rung", 5)];
    const options = { database: test.database, fanout, projections, logger, gatherMs: 1 };
    const patient = await startFilling({ ...options, heartbeatMs: 60_000 });
    try {
      await eventually(async () => expect(await unfilled("rung")).toEqual([]));
      const rung = await append(1);
      await fanout.ring(rung);
      await eventually(async () => expect(await filled("rung")).toContain(rung));
    } finally {
      await patient.stop();
    }
    const unheard = await append(1);
    const restless = await startFilling({ ...options, heartbeatMs: 10 });
    try {
      await eventually(async () => expect(await filled("rung")).toContain(unheard));
      const later = await append(1);
      await eventually(async () => expect(await filled("rung")).toContain(later));
    } finally {
      await restless.stop();
    }
    expect(await filled("broken")).toEqual([]);
  });
});

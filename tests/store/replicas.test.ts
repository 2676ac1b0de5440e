import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, onReader, openDatabase } from "../../src/postgres/database.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import type { ReplicaState } from "../../src/postgres/replica-health.js";
import { countRepositories } from "../../src/store/repositories/repository-reader.js";
import { storeRepository } from "../api/rows.js";
import { eventually } from "../support/eventually.js";
import { type PostgresCluster, startPostgresCluster } from "../support/postgres-cluster.js";

const logger = pino({ level: "silent" });

describe("read replicas", () => {
  let cluster: PostgresCluster;
  let database: Database;
  let reads: string[];
  let states: Map<string, ReplicaState>;
  beforeAll(async () => {
    cluster = await startPostgresCluster(2);
  }, 120_000);
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    reads = [];
    states = new Map();
    database = openDatabase({
      url: cluster.primaryUrl,
      connectionsMax: 4,
      replicas: {
        urls: cluster.standbys.map(({ url }) => url),
        logger,
        onRead: (server) => reads.push(server),
        onChecked: (state) => states.set(state.name, state),
        checkMs: 50,
        lagMsMax: 500,
      },
    });
    await eventually(() => expect(used()).toEqual([0, 1]));
  });
  afterEach(async () => {
    for (const { line, resumeReplay } of cluster.standbys) {
      line.restore();
      await resumeReplay();
    }
    await database.close();
  });

  const names = () => cluster.standbys.map(({ url }) => new URL(url).host);
  const used = () => names().flatMap((name, index) => (states.get(name)?.isUsed ? [index] : []));
  const standby = (index: number) => {
    const found = cluster.standbys[index];
    if (found === undefined) throw new Error(`there is no standby ${index}`);
    return found;
  };
  /** Who answers ten reads. */
  async function tenReads(): Promise<Set<string>> {
    reads.length = 0;
    for (let read = 0; read < 10; read += 1) await countRepositories(database, {});
    return new Set(reads);
  }

  it("share the reads between them, and the primary has none", async () => {
    expect(await tenReads()).toEqual(new Set(names()));
    for (const name of names()) expect(reads.filter((server) => server === name)).toHaveLength(5);
  });

  it("keep what is read together to one of them", async () => {
    const one = onReader(database, database.reader);
    reads.length = 0;
    for (let read = 0; read < 6; read += 1) await countRepositories(one, {});
    expect(new Set(reads).size).toBe(1);
  });

  it("are left out while they lag, however idle the primary is, and used again when they have caught up", async () => {
    await standby(0).pauseReplay();
    await storeRepository(database, "lag", `r${Date.now()}`);
    await eventually(() => expect(used()).toEqual([1]));
    expect(await tenReads()).toEqual(new Set([names()[1]]));
    expect(states.get(names()[0] ?? "")?.lagMs).toBeGreaterThan(500);
    await standby(1).pauseReplay();
    await storeRepository(database, "lag", `s${Date.now()}`);
    await eventually(() => expect(used()).toEqual([]));
    expect(await tenReads()).toEqual(new Set()); // the primary's own client: nothing to fall back from
    for (const { resumeReplay } of cluster.standbys) await resumeReplay();
    await eventually(() => expect(used()).toEqual([0, 1]));
    expect(await tenReads()).toEqual(new Set(names()));
  });

  it("never fail a query by dying: it is asked elsewhere, and they come back by themselves", async () => {
    await storeRepository(database, "dead", `r${Date.now()}`);
    const count = await database.primary.repository.count();
    await eventually(async () => {
      for (let read = 0; read < 2; read += 1) {
        expect((await countRepositories(database, {})).count).toBe(count);
      }
    });
    const readers = [onReader(database, database.reader), onReader(database, database.reader)];
    for (const reader of readers) await countRepositories(reader, {});
    standby(0).line.block();
    for (let read = 0; read < 20; read += 1) {
      for (const reader of [...readers, database]) {
        expect((await countRepositories(reader, {})).count).toBe(count);
      }
    }
    expect(await tenReads()).toEqual(new Set([names()[1]]));
    standby(1).line.block();
    for (const reader of [...readers, database]) {
      expect((await countRepositories(reader, {})).count).toBe(count);
    }
    await eventually(() => expect(used()).toEqual([]));
    for (const { line } of cluster.standbys) line.restore();
    await eventually(() => expect(used()).toEqual([0, 1]));
    expect(await tenReads()).toEqual(new Set(names()));
  });

  it("are left out when they take connections and answer nothing", async () => {
    standby(0).line.stall();
    await eventually(() => expect(used()).toEqual([1]));
    expect(await tenReads()).toEqual(new Set([names()[1]]));
    standby(0).line.restore();
    await eventually(() => expect(used()).toEqual([0, 1]));
  });

  it("never fail a query by losing it: it is asked elsewhere when its time is over", async () => {
    const waiting: Promise<unknown>[] = [];
    const impatient = openDatabase({
      url: cluster.primaryUrl,
      connectionsMax: 2,
      limits: { readMs: 500, graceMs: 200 },
      replicas: { urls: [standby(0).url], logger, checkMs: 50 },
    });
    try {
      await eventually(() => expect(impatient.reader.mayLag).toBe(true));
      const { reader } = impatient;
      standby(0).line.swallow();
      for (let read = 0; read < 4; read += 1)
        waiting.push(reader.query(Prisma.sql`select 1 as one`));
      expect(await Promise.all(waiting)).toEqual(waiting.map(() => [{ one: 1 }]));
      standby(0).line.restore();
      await eventually(() => expect(impatient.reader.mayLag).toBe(true));
      expect(await impatient.reader.query(Prisma.sql`select 1 as one`)).toEqual([{ one: 1 }]);
    } finally {
      await impatient.close();
    }
  });

  it("are not used when they are no standby", async () => {
    const seen: ReplicaState[] = [];
    const asked: string[] = [];
    const wrong = openDatabase({
      url: cluster.primaryUrl,
      connectionsMax: 2,
      replicas: {
        ...{ urls: [cluster.primaryUrl], logger, checkMs: 50 },
        onChecked: (state) => seen.push(state),
        onRead: (server) => asked.push(server),
      },
    });
    await eventually(() => expect(seen.length).toBeGreaterThan(3));
    expect(seen.every(({ isUsed }) => !isUsed)).toBe(true);
    expect((await countRepositories(wrong, {})).count).toBeGreaterThanOrEqual(0);
    expect(asked).toEqual([]);
    await wrong.close();
  });

  it("are asked for nothing but reads", async () => {
    const writing = Prisma.sql`update feed set sequence = sequence`;
    await expect(database.reader.query(writing)).rejects.toThrow();
  });
});

import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/postgres/database.js";
import { eventually } from "../support/eventually.js";
import { ask, subscribe } from "../support/graphql-client.js";
import {
  type PostgresCluster,
  type Standby,
  startPostgresCluster,
} from "../support/postgres-cluster.js";
import { lockRows } from "../support/row-lock.js";
import {
  type ApiEvent,
  addRepository,
  COMMITS_INGESTED,
  readAllOids,
  readRepository,
} from "../support/tracker-api.js";
import { line, storeEvent, storeRepository } from "./rows.js";
import { overWebSocket, startTestApi, type TestApi } from "./test-api.js";

const MINUTE_MS = 60_000;
const CONNECTIONS = 4;

describe("the API beside a read replica", () => {
  let cluster: PostgresCluster;
  let standby: Standby;
  let api: TestApi;
  let reads: string[];
  let isUsed: boolean;
  let isCalm: boolean;
  beforeAll(async () => {
    cluster = await startPostgresCluster(1);
    const [only] = cluster.standbys;
    if (only === undefined) throw new Error("there is no standby");
    standby = only;
  }, 120_000);
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  async function start({ lagMsMax }: { lagMsMax: number }): Promise<void> {
    reads = [];
    isUsed = false;
    const database = openDatabase({
      url: cluster.primaryUrl,
      connectionsMax: CONNECTIONS,
      replicas: {
        urls: [standby.url],
        logger: pino({ level: "silent" }),
        onRead: (server) => reads.push(server),
        onChecked: (state) => {
          isUsed = state.isUsed;
          isCalm = state.lagMs === 0;
        },
        checkMs: 50,
        lagMsMax,
      },
    });
    api = await startTestApi({
      openTest: async () => ({
        url: cluster.primaryUrl,
        database,
        [Symbol.asyncDispose]: () => database.close(),
      }),
    });
    await eventually(() => expect(isUsed && isCalm).toBe(true));
  }
  afterEach(async () => {
    await standby.resumeReplay();
    await api[Symbol.asyncDispose]();
  });

  const fromReplica = () => reads.filter((server) => server !== "primary").length;

  describe("that is used although it lags", () => {
    beforeEach(() => start({ lagMsMax: MINUTE_MS }));

    it("sends queries there, over HTTP and WebSocket, and nothing of a mutation", async () => {
      const id = await storeRepository(api.database, "octo", "sides");
      await storeEvent(api.database, id, line(91, 3));
      await eventually(async () =>
        expect(await readAllOids(api.url, "octo/sides")).toHaveLength(3),
      );
      const deep =
        "{ repositories { nodes { id completeness { complete } commits { totalCount nodes { repository { id } } } } } }";
      for (const query of [ask, overWebSocket]) {
        reads.length = 0;
        await query(api.url, deep);
        expect(fromReplica()).toBe(reads.length);
        expect(reads.length).toBeGreaterThan(0);
      }
      reads.length = 0;
      await ask(
        api.url,
        `mutation { pauseRepository(repository: "octo/sides") { repository {
           state completeness { complete } commits { totalCount nodes { repository { state } } } } } }`,
      );
      expect(reads).toEqual([]);
    });

    it("misses nothing in a mutation's answer, in a replay, nor of what was just named", async () => {
      const id = await storeRepository(api.database, "octo", "behind");
      await eventually(() => readRepository(api.url, "octo/behind"));
      await standby.pauseReplay();
      const commits = line(92, 5);
      const sequence = await storeEvent(api.database, id, commits);
      const { pauseRepository } = await ask<{ pauseRepository: { repository: unknown } }>(
        api.url,
        `mutation { pauseRepository(repository: "octo/behind") { repository {
           state commitCount commits { totalCount nodes { oid } } } } }`,
      );
      expect(pauseRepository.repository).toEqual({
        state: "PAUSED",
        commitCount: 5,
        commits: { totalCount: 5, nodes: commits.map(({ oid }) => ({ oid })) },
      });
      await using replay = subscribe<ApiEvent>(api.url, COMMITS_INGESTED, {
        after: String(sequence - 1n),
      });
      await eventually(() => expect(replay.received.length).toBeGreaterThan(0));
      expect(replay.received[0]?.commitsIngested).toMatchObject({
        sequence: String(sequence),
        commits: commits.map(({ oid }) => ({ oid })),
      });
      const { commit } = await ask<{ commit: unknown }>(
        api.url,
        `query ($oid: String!) { commit(repository: "octo/behind", oid: $oid) { oid } }`,
        { oid: commits[0]?.oid },
      );
      expect(commit).toEqual({ oid: commits[0]?.oid });
      const { awaitCommit } = await ask<{ awaitCommit: unknown }>(
        api.url,
        `mutation ($oid: String!) {
           awaitCommit(repository: "octo/behind", oid: $oid, timeout: 0) { commit { oid } } }`,
        { oid: commits[0]?.oid },
      );
      expect(awaitCommit).toEqual({ commit: { oid: commits[0]?.oid } });
      const added = await addRepository(api.url, "octo/brand-new");
      expect(await readRepository(api.url, "octo/brand-new")).toEqual(added.repository);
      // It was behind all the while, and in use.
      expect((await readRepository(api.url, "octo/behind")).state).not.toBe("PAUSED");
      await standby.resumeReplay();
      await eventually(async () =>
        expect((await readRepository(api.url, "octo/behind")).state).toBe("PAUSED"),
      );
    });
  });

  describe("that does not have what is asked for", () => {
    beforeEach(() => start({ lagMsMax: MINUTE_MS }));

    it("has it looked for over the connections for queries, whatever their number", async () => {
      const id = await storeRepository(api.database, "octo", "written");
      await eventually(() => readRepository(api.url, "octo/written"));
      await standby.pauseReplay();
      // On the primary alone: the lock is replayed too.
      const names = await lockRows(
        cluster.primaryUrl,
        "lock table repository_name in access exclusive mode",
      );
      const asked = Array.from({ length: 5 * CONNECTIONS }, (_, index) =>
        ask(api.url, `{ repository(nameWithOwner: "octo/unknown-${index}") { id } }`),
      );
      try {
        await names.waitedFor(CONNECTIONS);
        const mutation = `mutation { refreshRepository(repository: "${id}") { repository { id } } }`;
        expect(await ask(api.url, mutation)).toEqual({
          refreshRepository: { repository: { id: `Repository:${id}` } },
        });
      } finally {
        await names.release();
      }
      for (const answer of await Promise.all(asked)) expect(answer).toEqual({ repository: null });
    });
  });

  describe("that lags too far", () => {
    beforeEach(() => start({ lagMsMax: 500 }));

    it("reads from the primary until it has caught up, then from the replica again", async () => {
      await standby.pauseReplay();
      const id = await storeRepository(api.database, "octo", "far");
      await storeEvent(api.database, id, line(93, 4));
      await eventually(() => expect(isUsed).toBe(false));
      reads.length = 0;
      expect(await readAllOids(api.url, "octo/far")).toHaveLength(4);
      expect(fromReplica()).toBe(0);
      await standby.resumeReplay();
      await eventually(() => expect(isUsed).toBe(true));
      expect(await readAllOids(api.url, "octo/far")).toHaveLength(4);
      expect(fromReplica()).toBeGreaterThan(0);
    });

    it("goes on through the replica's death without a failed query", async () => {
      const id = await storeRepository(api.database, "octo", "survives");
      await storeEvent(api.database, id, line(94, 4));
      await eventually(async () =>
        expect(await readAllOids(api.url, "octo/survives")).toHaveLength(4),
      );
      standby.line.block();
      for (let query = 0; query < 10; query += 1) {
        expect(await readAllOids(api.url, "octo/survives")).toHaveLength(4);
      }
      standby.line.restore();
      await eventually(() => expect(isUsed).toBe(true));
      reads.length = 0;
      expect(await readAllOids(api.url, "octo/survives")).toHaveLength(4);
      expect(fromReplica()).toBe(reads.length);
    });
  });
});

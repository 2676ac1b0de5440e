import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/postgres/database.js";
import { Prisma } from "../../src/postgres/prisma-client/client.js";
import { eventually } from "../support/eventually.js";
import { ask } from "../support/graphql-client.js";
import { RawSocket } from "../support/raw-socket.js";
import { lockRows } from "../support/row-lock.js";
import { storeRepository } from "./rows.js";
import { startTestApi, type TestApi } from "./test-api.js";

const SUBSCRIBES = 300;
const SOCKETS = 6;
const LIVE_CONNECTIONS = 3;
const NAMES = Array.from({ length: 100 }, (_, index) => `octo/named-${index}`);
const FIELDS = ["commitsIngested", "repositoryUpdated"] as const;

const subscription = (field: string) =>
  `subscription ($repositories: [String!]) { ${field}(repositories: $repositories) { __typename } }`;

describe("hundreds of subscriptions that name a hundred repositories each", () => {
  let api: TestApi;
  let url = "";
  /** Statements that look for names, of whoever follows. */
  let lookups = 0;
  let attending = 0;
  let byId = "";
  beforeAll(async () => {
    api = await startTestApi({
      watch: () => {
        attending += 1;
        return () => {
          attending -= 1;
        };
      },
      database: (_real, databaseUrl) => {
        url = databaseUrl;
        const own = openDatabase({
          ...{ url, connectionsMax: 2, readConnectionsMax: 2 },
          liveConnectionsMax: LIVE_CONNECTIONS,
        });
        const { query, mayLag } = own.liveReader;
        const liveReader: typeof own.liveReader = {
          mayLag,
          query(statement) {
            if (statement.text.includes("repository_name")) lookups += 1;
            return query(statement);
          },
        };
        return {
          ...own,
          get reader() {
            return own.reader;
          },
          liveReader,
        };
      },
    });
    for (const name of NAMES) {
      byId = String(await storeRepository(api.database, "octo", name.slice("octo/".length)));
    }
  });
  afterAll(() => api?.[Symbol.asyncDispose]());

  it.each(FIELDS)("cost a statement each, and hold no mutation up: %s", async (field) => {
    const sockets = await Promise.all(
      Array.from({ length: SOCKETS }, () => RawSocket.ready(api.url)),
    );
    lookups = 0;
    const names = await lockRows(url, "lock table repository_name in access exclusive mode");
    try {
      for (let each = 0; each < SUBSCRIBES; each += 1) {
        const socket = sockets[each % SOCKETS];
        socket?.subscribe(String(each), subscription(field), { repositories: NAMES });
      }
      // All that they may have is held.
      await names.waitedFor(LIVE_CONNECTIONS);
      await eventually(() => expect(lookups).toBe(SUBSCRIBES));
      const { refreshRepository } = await ask<{
        refreshRepository: { repository: { id: string } };
      }>(api.url, `mutation { refreshRepository(repository: "${byId}") { repository { id } } }`);
      expect(refreshRepository.repository.id).toBe(`Repository:${byId}`);
      const held = await api.database.primaryReader.query<{ count: number }>(Prisma.sql`
        select count(*)::int as count from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`);
      expect(held).toEqual([{ count: LIVE_CONNECTIONS }]);
    } finally {
      await names.release();
    }
    await eventually(() => expect(attending).toBe(SUBSCRIBES));
    expect(sockets.flatMap((socket) => socket.of("error"))).toEqual([]);
    expect(lookups).toBe(SUBSCRIBES);
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
    await eventually(() => expect(attending).toBe(0));
  });
});

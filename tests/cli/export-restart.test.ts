import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { line, storeEvent, storeRepository } from "../api/rows.js";
import { objectsOf, startCommand } from "../support/command-line.js";
import { eventually } from "../support/eventually.js";
import { freePort } from "../support/free-port.js";
import { startHoldingProxy } from "../support/holding-proxy.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { type BrokerSpace, openBrokerSpace } from "../support/rabbitmq-vhost.js";
import { startTracker, type TrackerProcess } from "../support/tracker-process.js";

describe("tracker export and a server that is started again", () => {
  let test: TestDatabase;
  let broker: BrokerSpace;
  let server: TrackerProcess;
  let startServer: () => Promise<void>;
  let port: number;
  let folder: string;
  const stored: string[] = [];
  const store = async (count: number) => {
    const id = await storeRepository(test.database, "octo", `app-${stored.length}`);
    const commits = line(id, count);
    await storeEvent(test.database, id, commits);
    stored.push(...commits.map(({ oid }) => oid));
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "export-"));
    test = await createTestDatabase({ connectionsMax: 2 });
    broker = await openBrokerSpace();
    port = await freePort();
    startServer = async () => {
      const urls = { DATABASE_URL: test.url, RABBITMQ_URL: broker.url };
      server = startTracker({ ...urls, ROLES: "api", PORT: String(port) });
      await server.url();
    };
    await startServer();
    for (let index = 0; index < 4; index += 1) await store(220);
  });
  afterAll(async () => {
    await server?.stop();
    await broker?.remove();
    await test?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("waits for it, and has every commit once, those stored meanwhile too", async () => {
    const path = join(folder, "all.ndjson");
    await using proxy = await startHoldingProxy(`http://127.0.0.1:${port}`);
    proxy.holdAfter(4);
    await using command = startCommand(["export", "--output", path], { TRACKER_URL: proxy.url });
    await eventually(() => expect(proxy.count()).toBe(5));
    await server.stop("SIGKILL");
    proxy.release();
    await eventually(() => expect(command.stderr()).toContain("Trying again."));
    await store(30);
    await startServer();
    expect((await command.ended).code).toBe(0);
    const found = objectsOf<{ oid: string }>(await readFile(path, "utf8"));
    expect(found.map(({ oid }) => oid)).toEqual(stored);
  }, 90_000);
});

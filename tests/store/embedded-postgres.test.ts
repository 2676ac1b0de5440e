import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startEmbeddedPostgres } from "../../src/postgres/embedded-postgres.js";

const logger = pino({ level: "silent" });

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("the embedded database", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "tracker-embedded-"));
    await chmod(dataDir, 0o700);
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it("keeps its data from one start to the next", async () => {
    const first = await startEmbeddedPostgres({ dataDir, logger });
    await ask(first.url, "create table kept as select 7 as n");
    await first.stop();
    await expect(ask(first.url, "select 1")).rejects.toThrow();
    const second = await startEmbeddedPostgres({ dataDir, logger });
    try {
      expect(await ask(second.url, "select n from kept")).toEqual([{ n: 7 }]);
    } finally {
      await second.stop();
    }
  });

  it("has one owner at a time, and says so to the second", async () => {
    const owner = await startEmbeddedPostgres({ dataDir, logger });
    try {
      await expect(startEmbeddedPostgres({ dataDir, logger })).rejects.toThrow(
        /Another tracker is running/,
      );
      expect(await ask(owner.url, "select 1 as n")).toEqual([{ n: 1 }]);
    } finally {
      await owner.stop();
    }
  });

  it("listens on loopback only and lets nobody in without its password", async () => {
    const { url, stop } = await startEmbeddedPostgres({ dataDir, logger });
    try {
      expect(await ask(url, "show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
      const guess = new URL(url);
      guess.password = "guess";
      await expect(ask(guess.href, "select 1")).rejects.toThrow(/password/);
    } finally {
      await stop();
    }
  });
});

import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type EmbeddedPostgres,
  reachEmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/postgres/embedded-postgres.js";
import { startEmbeddedOwner } from "../support/embedded-owner.js";
import { eventually } from "../support/eventually.js";
import { signalPostmaster } from "../support/postmaster.js";

const logger = pino({ level: "silent" });
const run = promisify(execFile);
const FULL_DISK = join(tmpdir(), `tracker-full-${process.pid}`);

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** With whose each file is. */
async function copy(from: string, to: string): Promise<void> {
  await run("cp", ["-a", `${from}/.`, to]);
}

describe("the embedded database", () => {
  let made: string;
  let dataDir: string;
  const running: { stop(): Promise<unknown> }[] = [];
  beforeAll(async () => {
    made = await mkdtemp(join(tmpdir(), "tracker-embedded-"));
    await (await startEmbeddedPostgres({ dataDir: made, logger })).stop();
  });
  afterAll(() => rm(made, { recursive: true, force: true }));
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "tracker-embedded-"));
    await chmod(dataDir, 0o700);
    await copy(made, dataDir);
  });
  afterEach(async () => {
    for (const each of running.splice(0).reverse()) await each.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(
    options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {},
  ): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({ dataDir, logger, ...options });
    running.push(postgres);
    return postgres;
  }

  const signalServer = (signal: NodeJS.Signals, folder = "postgres") =>
    signalPostmaster(join(dataDir, folder), signal);
  const killServer = (folder?: string) => signalServer("SIGKILL", folder);

  /** As one is that is about to end: it takes nobody in, and waits for whom it has until that leaves. */
  async function makeBusy(url: string): Promise<{ leave(): Promise<void> }> {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    await signalServer("SIGTERM"); // https://www.postgresql.org/docs/current/server-shutdown.html
    await eventually(() => expect(ask(url, "select 1")).rejects.toMatchObject({ code: "57P03" }));
    return { leave: () => client.end() };
  }

  it("keeps its data from one start to the next", async () => {
    const first = await start();
    await ask(first.url, "create table kept as select 7 as n");
    await first.stop();
    await expect(ask(first.url, "select 1")).rejects.toThrow();
    const second = await start();
    expect(await ask(second.url, "select n from kept")).toEqual([{ n: 7 }]);
  });

  it("listens on loopback only and lets nobody in without its password", async () => {
    const { url } = await start();
    expect(await ask(url, "show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
    const guess = new URL(url);
    guess.password = "guess";
    await expect(ask(guess.href, "select 1")).rejects.toThrow(/password/);
  });

  describe("has one owner at a time, who", () => {
    it("is the first of all that start at once, and the others say so", async () => {
      const results = await Promise.allSettled([1, 2, 3, 4, 5].map(() => start()));
      const refused = results.filter((result) => result.status === "rejected");
      expect(refused.map(({ reason }) => String(reason))).toEqual(
        Array.from({ length: 4 }, () => expect.stringContaining("Another tracker is running")),
      );
    });

    it("stays it when its sessions are ended", async () => {
      const { url } = await start();
      await ask(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
      );
      await expect(start()).rejects.toThrow(/Another tracker is running/);
      expect(await ask(url, "select 1 as n")).toEqual([{ n: 1 }]);
    });

    it("when killed is followed by the next, with the server that it left", async () => {
      const owner = startEmbeddedOwner(dataDir);
      const url = await owner.url;
      await expect(start()).rejects.toThrow(/Another tracker is running/);
      await owner.kill();
      const next = await start();
      expect(next.url).toBe(url);
      expect(await ask(next.url, "select 1 as n")).toEqual([{ n: 1 }]);
      expect(await readdir(join(dataDir, "owners"))).toHaveLength(1);
      await next.stop();
      expect(await readdir(join(dataDir, "owners"))).toEqual([]);
    });

    it("when killed with its server busy is followed by the next once that has ended, under its address", async () => {
      const owner = startEmbeddedOwner(dataDir);
      const url = await owner.url;
      await ask(url, "create table kept as select 7 as n");
      await owner.kill();
      const last = await makeBusy(url);
      const lines: string[] = [];
      const next = start({
        logger: pino({ level: "info" }, { write: (text) => lines.push(text) }),
      });
      await eventually(() => expect(lines.join("")).toContain('"isBusy":true'));
      await last.leave();
      expect((await next).url).toBe(url);
      expect(await ask(url, "select n from kept")).toEqual([{ n: 7 }]);
    });

    it("may have a folder with a long name", async () => {
      const long = join(dataDir, "n".repeat(90));
      const first = await start({ dataDir: long });
      await expect(start({ dataDir: long })).rejects.toThrow(/Another tracker is running/);
      await first.stop();
      await (await start({ dataDir: long })).stop();
    });

    const startOnCopy = async () => {
      const copied = await mkdtemp(join(tmpdir(), "tracker-embedded-"));
      await copy(dataDir, copied);
      return await start({ dataDir: copied }).finally(() => rm(copied, { recursive: true }));
    };

    it("is not on the server of the folder that its own is a copy of", async () => {
      const original = await start();
      await expect(startOnCopy()).rejects.toThrow(/did not start: .*postmaster\.pid/);
      expect(await ask(original.url, "select 1 as n")).toEqual([{ n: 1 }]);
    });

    it("does not wait for the server of the folder that its own is a copy of", async () => {
      const original = await start();
      const last = await makeBusy(original.url);
      await expect(startOnCopy()).rejects.toThrow(/did not start: .*postmaster\.pid/);
      await last.leave();
    });
  });

  describe("when its server is killed", () => {
    it("is started again under the same address, and the work goes on", async () => {
      const { url } = await start();
      await ask(url, "create table done (n int primary key)");
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      pool.on("error", () => {});
      const done: number[] = [];
      const failures: unknown[] = [];
      let isOver = false;
      const work = async (first: number) => {
        for (let n = first; !isOver; n += 4) {
          await pool.query("insert into done values ($1)", [n]).then(
            () => done.push(n),
            (error: unknown) => failures.push(error),
          );
        }
      };
      const working = [0, 1, 2, 3].map(work);
      for (let kills = 0; kills < 2; kills++) {
        const before = done.length;
        await eventually(() => expect(done.length).toBeGreaterThan(before + 100));
        await killServer();
        await eventually(() => expect(failures.length).toBeGreaterThan(0));
        failures.length = 0;
      }
      const before = done.length;
      await eventually(() => expect(done.length).toBeGreaterThan(before + 100));
      isOver = true;
      await Promise.all(working);
      await pool.end();
      const kept = (await ask(url, "select n from done")) as { n: number }[];
      const keptNumbers = new Set(kept.map(({ n }) => n));
      expect(done.filter((n) => !keptNumbers.has(n))).toEqual([]);
    });

    it("answers a short look as soon as it is back, and stays with its owner", async () => {
      const { url } = await start();
      await killServer();
      const look = await reachEmbeddedPostgres({ dataDir, logger });
      expect(look.url).toBe(url);
      await look.stop();
      expect(await ask(url, "select 1 as n")).toEqual([{ n: 1 }]);
    });

    it("ends with one line after so many tries when it cannot be started again", async () => {
      const lost: Error[] = [];
      await start({ onLost: (error) => lost.push(error) });
      await rename(join(dataDir, "postgres"), join(dataDir, "elsewhere"));
      await killServer("elsewhere");
      await eventually(() => expect(lost).toHaveLength(1), 25_000);
      expect(lost[0]?.message).toMatch(
        /^The embedded database in .* could not be started again\. [^\n]+\.$/,
      );
    });
  });

  describe("says in a line what is wrong with its folder:", () => {
    const refusal = async (dir = dataDir) => {
      const error = await start({ dataDir: dir }).catch((reason: unknown) => reason);
      expect(String(error)).toMatch(/^TrackerError: [^\n]+\.$/);
      return String(error);
    };

    it("made by another major version of PostgreSQL", async () => {
      await writeFile(join(dataDir, "postgres", "PG_VERSION"), "17\n");
      expect(await refusal()).toMatch(
        /was made by PostgreSQL 17, and this is PostgreSQL \d\d, .*pg_dump/,
      );
    });

    it("half made", async () => {
      await rm(join(dataDir, "postgres", "PG_VERSION"));
      expect(await refusal()).toContain("holds no whole PostgreSQL database");
    });

    it("without its password", async () => {
      await rm(join(dataDir, "postgres.password"));
      expect(await refusal()).toContain("cannot be entered without");
    });

    it("no place for a folder", async () => {
      await writeFile(join(dataDir, "file"), "");
      expect(await refusal(join(dataDir, "file", "data"))).toContain("Choose another folder");
      expect(await refusal(join(dataDir, "file"))).toContain("Choose another folder");
    });

    it("not enough disk", async ({ skip }) => {
      await mkdir(FULL_DISK);
      try {
        const mount = ["-t", "tmpfs", "-o", "size=4m", "tmpfs", FULL_DISK];
        await run("mount", mount).catch(() => skip("only root may mount"));
        expect(await refusal(FULL_DISK)).toContain("the disk is full");
        await run("umount", [FULL_DISK]);
      } finally {
        await rm(FULL_DISK, { recursive: true, force: true });
      }
    });
  });
});
